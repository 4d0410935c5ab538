import { connectionPlace } from '../../lib/connections/places';
import { DoNotRetry, NotReady } from '../../lib/model/errors';
import { resourceNames } from '../../lib/aws/environment';
import { taskHandler } from '../../lib/runtime/task-handler';
import { buildsNothing, describeBuild, startBuild } from '../../lib/serving/image-builds';
import { buildContainer } from '../../lib/tasks/build-container';
import { setVersionTag } from '../../lib/tracking/version-changes';

/** CodeBuild ended without an image. */
class ImageNotBuilt extends DoNotRetry {
  override readonly name = 'Millrace.ImageNotBuilt';
}

export const handler = taskHandler(buildContainer, async ({ image, repository, connection }, context) => {
  const { objects, run } = context;
  const { stage } = resourceNames();
  const { name, version } = image;
  const tags = image.tags.map((tag) => `${name}-${tag}`.replace(/[^\w.-]/g, '-').slice(-128));
  const undone = (message: string) => {
    context.log.warn(message);
    return { built: false, message, image: null, tags, build: null };
  };
  const rest = `The context lies in ${image.context.uri}; any container engine builds it.`;
  if (buildsNothing()) return undone(`Not done here: this machine has no CodeBuild. ${rest}`);

  // Which build it is, is remembered from question to question.
  const key = `images/${run.pipeline}/${encodeURIComponent(name)}/${version}/builds/${run.id.replace(/[^\w-]/g, '-')}.${context.task.replace(/[^\w-]/g, '-')}.json`;
  let id = (await objects.head(key)) === undefined ? undefined : (await objects.getText(key)).trim();
  if (id === undefined) {
    const project = `millrace-${stage}-images`;
    id = await startBuild({
      project,
      context: image.context.uri,
      repository,
      tags,
      loginParameter:
        connection === undefined ? undefined : connectionPlace(stage, connection.name, connection.from),
      key: `${run.id}#${context.task}`,
    });
    if (id === undefined)
      return undone(
        `Not done here: stage ${stage} has no project ${project}. Deploy it with -c image-builds=true. ${rest}`,
      );
    await objects.putBytes(key, id, { contentType: 'text/plain' });
  }
  const reached = await describeBuild(id);
  if (reached.state === 'running') throw new NotReady(reached.message);
  if (reached.state === 'failed') throw new ImageNotBuilt(reached.message);
  await setVersionTag(name, version, 'serving_image', reached.image);
  const message = `Built and pushed ${reached.image}, tags ${tags.join(', ')}`;
  context.log.info(message);
  return { built: true, message, image: reached.image, tags, build: id };
});
