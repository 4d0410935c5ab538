import { taskHandler } from '../../lib/runtime/task-handler';
import { publishDataset } from '../../lib/tasks/publish-dataset';

export const handler = taskHandler(publishDataset, async ({ dataset, name }, context) => {
  const object = await context.objects.putBytes(
    `raw/published/${name}.parquet`,
    await context.objects.getBytes(dataset.uri),
    { contentType: 'application/vnd.apache.parquet' },
  );
  context.log.info('Published', { name, rows: dataset.rows, sha256: object.sha256 });
  return { object, rows: dataset.rows };
});
