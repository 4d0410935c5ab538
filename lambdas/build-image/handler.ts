import { gzipSync } from 'node:zlib';
import { taskHandler } from '../../lib/runtime/task-handler';
import { ociImage, tarOf, type ImageFile } from '../../lib/serving/oci-layout';
import { loadModel, modelFolderOf } from '../../lib/serving/model-folder';
import { buildImage } from '../../lib/tasks/build-image';
import { getVersion } from '../../lib/tracking/model-versions';

/** Where SageMaker and the Dockerfile look for it. */
const MODEL_DIRECTORY = 'opt/ml/model';

export const handler = taskHandler(buildImage, async (input, context) => {
  const { objects, run } = context;
  const registered = await getVersion(input.name, input.version);
  // Refuses a file that is not the one that was registered.
  const { sha256 } = await loadModel(objects, registered);
  const folder = modelFolderOf(registered).replace(/^s3:\/\/[^/]+\//, '');
  const listed = await objects.list(folder);
  const model: ImageFile[] = await Promise.all(
    listed.map(async ({ key }) => ({ path: key.slice(folder.length), body: await objects.getBytes(key) })),
  );
  const labels = {
    'org.opencontainers.image.title': input.name,
    'org.opencontainers.image.version': input.version,
    'org.opencontainers.image.revision': registered.lineage?.commit ?? '',
    'millrace.model.sha256': sha256,
  };
  const tags = [`v${input.version}`, run.dsNodash];
  const image = ociImage({
    files: model.map(({ path, body }) => ({ path: `${MODEL_DIRECTORY}/${path}`, body })),
    tags,
    labels,
    // Of the version, not of this run: building it again gives the same digest.
    created: registered.createdAt,
  });
  const prefix = `images/${run.pipeline}/${encodeURIComponent(input.name)}/${input.version}/`;
  const files = [...image.files];
  for (let start = 0; start < files.length; start += 8)
    await Promise.all(
      files.slice(start, start + 8).map(([path, body]) => objects.putBytes(`${prefix}oci/${path}`, body)),
    );
  const buildContext = await objects.putBytes(
    `${prefix}context.tar.gz`,
    gzipSync(
      tarOf([
        ...model.map(({ path, body }) => ({ path: `model/${path}`, body })),
        { path: 'Dockerfile', body: Buffer.from(dockerfile(input.baseImage, input.buildArgs, labels)) },
      ]),
    ),
    { contentType: 'application/gzip' },
  );
  const bytes = files.reduce((sum, [, body]) => sum + body.length, 0);
  context.log.info('Built', { digest: image.digest, bytes, tags });
  return {
    name: input.name,
    version: input.version,
    digest: image.digest,
    tags,
    layout: objects.uri(`${prefix}oci/`),
    context: buildContext,
    bytes,
  };
});

/** Answers `/invocations` and `/ping` on port 8080, as SageMaker asks of a container. */
function dockerfile(
  base: string,
  args: Readonly<Record<string, string>>,
  labels: Readonly<Record<string, string>>,
): string {
  return [
    `ARG BASE_IMAGE=${base}`,
    'FROM ${BASE_IMAGE}',
    ...Object.entries(args).map(([name, value]) => `ARG ${name}=${JSON.stringify(value)}`),
    ...Object.entries(labels).map(([name, value]) => `LABEL ${name}=${JSON.stringify(value)}`),
    `COPY model/requirements.txt /${MODEL_DIRECTORY}/requirements.txt`,
    `RUN pip install --no-cache-dir -r /${MODEL_DIRECTORY}/requirements.txt`,
    `COPY model /${MODEL_DIRECTORY}`,
    'RUN useradd --system serve',
    'USER serve',
    'EXPOSE 8080',
    `CMD ["mlflow", "models", "serve", "-m", "/${MODEL_DIRECTORY}", "-h", "0.0.0.0", "-p", "8080", "--env-manager", "local"]`,
    '',
  ].join('\n');
}
