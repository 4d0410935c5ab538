import { join } from 'node:path';
import { buildTrainingSet as build, type GroupSource } from '../../lib/data/training-set';
import { taskHandler } from '../../lib/runtime/task-handler';
import { readGroup } from '../../lib/serving/feature-groups';
import { buildTrainingSet } from '../../lib/tasks/build-training-set';
import { featureFolder } from '../../lib/tasks/feature-group';
import { memoryMb, storeDataset } from '../made-dataset';

export const handler = taskHandler(buildTrainingSet, async (input, context) => {
  const scratch = await context.tmp();
  const groups = await Promise.all(
    input.groups.map(async ({ name, entity, features, maxAgeHours }, g): Promise<GroupSource> => {
      const stored = await readGroup(name);
      const keys = (await context.objects.list(featureFolder(name))).map(({ key }) => key);
      // Names that sort as the dates do, which the keys begin with.
      const files = keys.map((_, i) => join(scratch, `group-${g}-${String(i).padStart(6, '0')}.parquet`));
      for (const [i, key] of keys.entries()) await context.objects.download(key, files[i] ?? '');
      return { ...stored, files, features, maxAgeHours, labelColumns: entity };
    }),
  );
  const labels = join(scratch, 'labels.parquet');
  await context.objects.download(input.labels.uri, labels);
  const path = join(scratch, 'training-set.parquet');
  const made = await build({
    labels: { path: labels, columns: input.labels.columns },
    time: input.time,
    groups,
    sameTime: input.sameTime,
    target: path,
    scratch,
    memoryMb: memoryMb(),
  });
  return {
    dataset: await storeDataset(
      context,
      input.name,
      { path, ...made },
      {
        by: buildTrainingSet.name,
        from: [input.labels.uri, ...input.groups.map(({ name }) => `feature-group:${name}`)],
      },
    ),
  };
});
