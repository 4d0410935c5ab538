import { gzipSync } from 'node:zlib';
import type { ObjectStore } from '../../lib/aws/object-store';
import { taskHandler } from '../../lib/runtime/task-handler';
import { imageContext, MODEL_DIRECTORY } from '../../lib/serving/image-context';
import { ociImage, tarOf, type ImageFile } from '../../lib/serving/oci-layout';
import { loadModel, modelFolderOf } from '../../lib/serving/model-folder';
import { pythonModel } from '../../lib/serving/python-model';
import { buildImage } from '../../lib/tasks/build-image';
import { getVersion, type ModelVersion } from '../../lib/tracking/model-versions';

export const handler = taskHandler(buildImage, async (input, context) => {
  const { objects, run } = context;
  const registered = await getVersion(input.name, input.version);
  const sha256 = await checksumOf(objects, registered);
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
      tarOf(
        imageContext({
          model,
          name: input.name,
          version: input.version,
          baseImage: input.baseImage,
          buildArgs: input.buildArgs,
          labels,
        }),
      ),
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

/** Of the ONNX file; of a model for Python of what describes it. Refuses a file that is not the one that was registered. */
async function checksumOf(objects: ObjectStore, registered: ModelVersion): Promise<string> {
  const folder = modelFolderOf(registered);
  if ((await objects.head(`${folder}model.onnx`)) !== undefined)
    return (await loadModel(objects, registered)).sha256;
  return (await pythonModel(objects, registered)).sha256;
}
