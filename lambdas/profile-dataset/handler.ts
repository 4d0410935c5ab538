import { join } from 'node:path';
import { profileParquet } from '../../lib/data/profile';
import { taskHandler } from '../../lib/runtime/task-handler';
import { profileDataset } from '../../lib/tasks/profile-dataset';

export const handler = taskHandler(profileDataset, async (input, context) => {
  const scratch = await context.tmp();
  const path = join(scratch, 'dataset.parquet');
  await context.objects.download(input.dataset.uri, path);
  const profile = await profileParquet(path, input.dataset.columns, {
    scratch,
    memoryMb: Number(process.env['AWS_LAMBDA_FUNCTION_MEMORY_SIZE'] ?? 1024),
  });
  const prefix = `reports/${context.run.pipeline}/${context.run.id}/${context.task}`;
  const json = await context.objects.putBytes(`${prefix}.json`, JSON.stringify(profile, null, 2), {
    contentType: 'application/json',
  });
  // Charts are the larger half of the bundle: loaded when there is something to draw.
  const { renderProfile } = await import('../../lib/reports/profile-page');
  const html = renderProfile({
    title: `Profile: ${input.dataset.name}`,
    subtitle: input.dataset.uri,
    profile,
  });
  const report = await context.objects.putBytes(`${prefix}.html`, html, {
    contentType: 'text/html; charset=utf-8',
  });
  return { dataset: input.dataset, profile: json, report, alerts: [...profile.alerts] };
});
