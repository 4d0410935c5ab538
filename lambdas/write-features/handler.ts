import { join } from 'node:path';
import { checkFeatureRows, checkLatestValues, latestRows } from '../../lib/data/feature-rows';
import { taskHandler } from '../../lib/runtime/task-handler';
import { declareGroup, putLatest, type FeatureValue } from '../../lib/serving/feature-groups';
import { featureFolder } from '../../lib/tasks/feature-group';
import { writeFeatures } from '../../lib/tasks/write-features';
import { memoryMb } from '../made-dataset';

/** Writes at once. */
const AT_ONCE = 32;

export const handler = taskHandler(writeFeatures, async ({ group, dataset, online }, context) => {
  const scratch = await context.tmp();
  const path = join(scratch, 'rows.parquet');
  await context.objects.download(dataset.uri, path);
  const options = { scratch, memoryMb: memoryMb() };
  await checkFeatureRows(path, dataset.columns, group, options);
  if (online) await checkLatestValues(path, dataset.columns, group, options);
  await declareGroup(group, dataset.columns);
  // Of a date and a task: a rerun takes the place of what it wrote before.
  const { run, task } = context;
  const file = await context.objects.putFile(
    `${featureFolder(group.name)}${run.logicalDate}/${run.pipeline}.${task.replaceAll('/', '.')}.parquet`,
    path,
  );
  let latest = 0;
  if (online) {
    const rows = await latestRows(path, dataset.columns, group, options);
    for (let from = 0; from < rows.length; from += AT_ONCE) {
      context.signal.throwIfAborted();
      const written = await Promise.all(
        rows
          .slice(from, from + AT_ONCE)
          .map(({ entity, eventTime, values }) =>
            putLatest(group.name, entity, { eventTime, values: values as Record<string, FeatureValue> }),
          ),
      );
      latest += written.filter(Boolean).length;
    }
  }
  context.log.info('Wrote features', { group: group.name, rows: dataset.rows, latest });
  return { file, rows: dataset.rows, latest };
});
