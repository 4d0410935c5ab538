import { compareParquet } from '../../lib/data/compare-datasets';
import { taskHandler } from '../../lib/runtime/task-handler';
import { compareDatasets } from '../../lib/tasks/compare-datasets';
import { fetchInputs, memoryMb } from '../made-dataset';

export const handler = taskHandler(compareDatasets, async ({ before, after, names }, context) => {
  const files = await fetchInputs(context, { before, after });
  const comparison = await compareParquet(
    { path: files['before'] ?? '', columns: before.columns },
    { path: files['after'] ?? '', columns: after.columns },
    { scratch: await context.tmp(), memoryMb: memoryMb() },
  );
  const prefix = `reports/${context.run.pipeline}/${context.run.id}/${context.task}`;
  const json = await context.objects.putBytes(`${prefix}.json`, JSON.stringify(comparison, null, 2), {
    contentType: 'application/json',
  });
  const { renderComparison } = await import('../../lib/reports/comparison-page');
  const called = names ?? {
    before: before.name === after.name ? 'before' : before.name,
    after: before.name === after.name ? 'after' : after.name,
  };
  const page = renderComparison({
    title: `${called.before} and ${called.after}`,
    subtitle: `${before.uri} · ${after.uri}`,
    names: called,
    comparison,
  });
  const report = await context.objects.putBytes(`${prefix}.html`, page, {
    contentType: 'text/html; charset=utf-8',
  });
  return {
    comparison: json,
    report,
    added: comparison.added.map(({ name }) => name),
    removed: comparison.removed.map(({ name }) => name),
    retyped: comparison.retyped.map(({ name }) => name),
  };
});
