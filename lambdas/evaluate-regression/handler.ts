import { taskHandler } from '../../lib/runtime/task-handler';
import type { RegressionEvaluation } from '../../lib/tasks/dataset';
import { evaluateRegression } from '../../lib/tasks/evaluate-regression';
import { readTestNumbers, scoreRegression } from '../score-model';

export const handler = taskHandler(evaluateRegression, async (input, context) => {
  const rows = await readTestNumbers(context, input.test);
  const tracking = await context.tracking();
  const evaluations: RegressionEvaluation[] = [];
  const predictions: { name: string; predicted: number[] }[] = [];
  for (const model of input.models) {
    const { metrics, predicted } = await scoreRegression(context, model, rows);
    const run = await tracking.activeRun(model.runId);
    const { rows: _rows, ...named } = metrics;
    await run.logMetrics(
      Object.fromEntries(Object.entries(named).map(([name, value]) => [`test_${name}`, value])),
    );
    await run.logInput(input.test.dataset, 'test');
    evaluations.push({ model, metrics });
    predictions.push({ name: model.name, predicted: [...predicted] });
  }
  // Charts are the larger half of the bundle: loaded when there is something to draw.
  const { renderRegressionComparison } = await import('../../lib/reports/regression-comparison');
  const report = await context.objects.putBytes(
    `reports/${context.run.pipeline}/${context.run.id}/${context.task}.html`,
    renderRegressionComparison({
      title: `${context.run.pipeline}: models on the held-out part`,
      subtitle: context.run.id,
      evaluations,
      predictions,
      actual: [...rows.target],
    }),
    { contentType: 'text/html; charset=utf-8' },
  );
  return { evaluations, report };
});
