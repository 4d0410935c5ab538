import { precisionRecallCurve, rocCurve } from '../../lib/ml/ranking-metrics';
import type { ModelCurves } from '../../lib/reports/model-comparison';
import { DoNotRetry } from '../../lib/model/errors';
import { taskHandler } from '../../lib/runtime/task-handler';
import type { Evaluation } from '../../lib/tasks/dataset';
import { evaluateModels } from '../../lib/tasks/evaluate-models';
import { readTestRows, scoreModel } from '../score-model';

export const handler = taskHandler(evaluateModels, async (input, context) => {
  const models = input.models.filter((model) => model !== null);
  if (models.length === 0)
    throw new DoNotRetry(
      'None of the models was trained; there is nothing to evaluate. See why the tasks before were skipped or failed, or give this one triggerRule: all_success.',
    );
  const rows = await readTestRows(context, input.test);
  const tracking = await context.tracking();
  const evaluations: Evaluation[] = [];
  const curves: ModelCurves[] = [];
  const last = input.test.classes.length - 1;
  const positives = Array.from(rows.target, (label) => Number(label === last));
  for (const model of models) {
    const { metrics, matrix, probabilities } = await scoreModel(context, model, rows);
    const run = await tracking.activeRun(model.runId);
    const { rows: _rows, ...named } = metrics;
    await run.logMetrics(
      Object.fromEntries(Object.entries(named).map(([name, value]) => [`test_${name}`, value])),
    );
    await run.logInput(input.test.dataset, 'test');
    evaluations.push({ model, metrics, confusion: { classes: input.test.classes, matrix } });
    const scores = probabilities[last] ?? [];
    curves.push({
      name: model.name,
      roc: rocCurve(positives, scores, rows.weights).map(({ fpr, tpr }) => [fpr, tpr]),
      precisionRecall: precisionRecallCurve(positives, scores, rows.weights).map(({ recall, precision }) => [
        recall,
        precision,
      ]),
    });
  }
  // Charts are the larger half of the bundle: loaded when there is something to draw.
  const { renderModelComparison } = await import('../../lib/reports/model-comparison');
  const html = renderModelComparison({
    title: `${context.run.pipeline}: models on the held-out part`,
    subtitle: context.run.id,
    evaluations,
    curves,
  });
  const report = await context.objects.putBytes(
    `reports/${context.run.pipeline}/${context.run.id}/${context.task}.html`,
    html,
    { contentType: 'text/html; charset=utf-8' },
  );
  return { evaluations, report };
});
