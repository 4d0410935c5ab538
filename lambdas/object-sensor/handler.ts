import { NotReady } from '../../lib/model/errors';
import { taskHandler } from '../../lib/runtime/task-handler';
import { objectSensor } from '../../lib/tasks/object-sensor';

export const handler = taskHandler(objectSensor, async ({ key }, { objects }) => {
  const found = await objects.head(key);
  if (found === undefined) throw new NotReady(`There is no ${objects.uri(key)} yet.`);
  return { key, uri: objects.uri(key), bytes: found.bytes, etag: found.etag };
});
