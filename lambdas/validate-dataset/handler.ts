import { join } from 'node:path';
import { ValidationFailed } from '../../lib/data/validation-failed';
import { validateParquet } from '../../lib/data/validate';
import { renderDataDocs } from '../../lib/reports/data-docs';
import { taskHandler } from '../../lib/runtime/task-handler';
import { validateDataset } from '../../lib/tasks/validate-dataset';

export const handler = taskHandler(validateDataset, async (input, context) => {
  const scratch = await context.tmp();
  const path = join(scratch, 'dataset.parquet');
  await context.objects.download(input.dataset.uri, path);
  const results = await validateParquet(path, input.dataset.columns, input.suite, {
    scratch,
    memoryMb: Number(process.env['AWS_LAMBDA_FUNCTION_MEMORY_SIZE'] ?? 1024),
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
  const page = renderDataDocs({
    title: `Data docs: ${input.suite.name}`,
    subtitle: `${input.dataset.name}, ${input.dataset.rows} rows, ${input.dataset.uri}`,
    expectations: results.map((result) => ({
      type: result.expectation.type,
      column: 'column' in result.expectation ? result.expectation.column : '',
      severity: result.expectation.severity,
      success: result.success,
      detail: result.message === '' ? JSON.stringify(result.observed) : result.message,
    })),
  });
  const report = await context.objects.putBytes(`${prefix}.html`, page, {
    contentType: 'text/html; charset=utf-8',
  });
  if (failed.critical > 0) throw new ValidationFailed(input.suite.name, failedOf('critical'), report.uri);
  return { dataset: input.dataset, success, evaluated: results.length, failed, results: stored, report };
});
