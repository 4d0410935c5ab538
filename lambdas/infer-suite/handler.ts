import { join } from 'node:path';
import { inferSuite as infer } from '../../lib/data/infer-suite';
import { profileParquet } from '../../lib/data/profile';
import { taskHandler } from '../../lib/runtime/task-handler';
import { inferSuite } from '../../lib/tasks/infer-suite';
import { memoryMb } from '../made-dataset';

export const handler = taskHandler(inferSuite, async ({ dataset, name }, context) => {
  const scratch = await context.tmp();
  const path = join(scratch, 'dataset.parquet');
  await context.objects.download(dataset.uri, path);
  const profile = await profileParquet(path, dataset.columns, { scratch, memoryMb: memoryMb() });
  const suite = infer(name, dataset.columns, profile);
  const file = await context.objects.putBytes(
    `reports/${context.run.pipeline}/${context.run.id}/${context.task}.json`,
    JSON.stringify(suite, null, 2),
    { contentType: 'application/json' },
  );
  return { suite, file };
});
