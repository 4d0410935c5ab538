import { taskHandler } from '../../lib/runtime/task-handler';
import { readConnection } from '../../lib/connections/read-connection';
import { ecrLogin, isEcr } from '../../lib/serving/ecr-login';
import { pushLayout } from '../../lib/serving/push-layout';
import type { RegistryLogin } from '../../lib/serving/registry-login';
import { pushImage } from '../../lib/tasks/build-image';
import type { InputOf } from '../../lib/tasks/contract';
import { setVersionTag } from '../../lib/tracking/version-changes';

export const handler = taskHandler(pushImage, async ({ image, repository, connection }, context) => {
  const { digest, name, version, tags } = image;
  const folder = image.layout.replace(/^s3:\/\/[^/]+\//, '');
  await setVersionTag(name, version, 'image_digest', digest);
  if (repository === '') {
    const message = `Not done here: no registry is named. The image lies in ${image.layout}; push it with \`skopeo copy oci:<folder> docker://<repository>\`, or name a repository.`;
    context.log.warn(message);
    return { pushed: false, message, digest, reference: null };
  }
  const reference = await pushLayout({
    repository,
    digest,
    tags,
    blob: (blob) => context.objects.getBytes(`${folder}blobs/sha256/${blob.replace('sha256:', '')}`),
    signal: context.signal,
    login: await loginFor(repository, connection),
  });
  await setVersionTag(name, version, 'image', reference);
  const message = `Pushed as ${reference}, tags ${tags.join(', ')}`;
  context.log.info(message);
  return { pushed: true, message, digest, reference };
});

async function loginFor(
  repository: string,
  connection: InputOf<typeof pushImage>['connection'],
): Promise<RegistryLogin | undefined> {
  if (connection !== undefined) {
    const { user = '', password = '' } = await readConnection(connection);
    return { user, password };
  }
  return isEcr(new URL(repository).host) ? ecrLogin() : undefined;
}
