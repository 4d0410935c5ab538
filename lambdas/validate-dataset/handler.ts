import { join } from 'node:path';
import { columnsOf } from '../../lib/data/validation/measure-of';
import { ValidationFailed } from '../../lib/data/validation-failed';
import { validateParquet, type ExpectationResult } from '../../lib/data/validate';
import type { CheckedExpectation } from '../../lib/reports/data-docs';
import { taskHandler } from '../../lib/runtime/task-handler';
import { validateDataset } from '../../lib/tasks/validate-dataset';
import { memoryMb } from '../made-dataset';

export const handler = taskHandler(validateDataset, async (input, context) => {
  const scratch = await context.tmp();
  const path = join(scratch, 'dataset.parquet');
  await context.objects.download(input.dataset.uri, path);
  const results = await validateParquet(path, input.dataset.columns, input.suite, {
    scratch,
    memoryMb: memoryMb(),
    at: context.run.dataIntervalEnd,
  });
  const failedOf = (severity: string) =>
    results.filter((result) => !result.success && result.expectation.severity === severity);
  const failed = {
    critical: failedOf('critical').length,
    warning: failedOf('warning').length,
    info: failedOf('info').length,
  };
  const prefix = `reports/${context.run.pipeline}/${context.run.id}/${context.task}`;
  const success = results.every((result) => result.success);
  const json = { suite: input.suite.name, dataset: input.dataset.uri, success, failed, results };
  const stored = await context.objects.putBytes(`${prefix}.json`, JSON.stringify(json, null, 2), {
    contentType: 'application/json',
  });
  // Charts are the larger half of the bundle: loaded when there is something to draw.
  const { renderDataDocs } = await import('../../lib/reports/data-docs');
  const page = renderDataDocs({
    title: `Data docs: ${input.suite.name}`,
    subtitle: `${input.dataset.name}, ${input.dataset.rows} rows, ${input.dataset.uri}`,
    expectations: results.map(shown),
  });
  const report = await context.objects.putBytes(`${prefix}.html`, page, {
    contentType: 'text/html; charset=utf-8',
  });
  if (failed.critical > 0) throw new ValidationFailed(input.suite.name, failedOf('critical'), report.uri);
  return { dataset: input.dataset, success, evaluated: results.length, failed, results: stored, report };
});

function shown({ expectation, ...result }: ExpectationResult): CheckedExpectation {
  const { type, severity, ...rest } = expectation;
  const asked = Object.entries(rest).filter(
    ([name, value]) =>
      !['column', 'columnA', 'columnB'].includes(name) &&
      value !== null &&
      !(name === 'mostly' && value === 1),
  );
  return {
    type,
    severity,
    column: columnsOf(expectation).join(', '),
    asked: asked
      .map(([name, value]) => `${name} ${typeof value === 'object' ? JSON.stringify(value) : String(value)}`)
      .join(', '),
    success: result.success,
    found: result.message === '' ? JSON.stringify(result.observed) : result.message,
    unexpectedShare: result.unexpectedShare,
    counts: result.counts,
    rows: result.rows,
  };
}
