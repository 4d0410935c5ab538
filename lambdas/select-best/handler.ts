import { taskHandler } from '../../lib/runtime/task-handler';
import { selectBest } from '../../lib/tasks/select-best';

export const handler = taskHandler(selectBest, async (input) => {
  const sign = input.metric === 'logLoss' ? 1 : -1;
  const ranked = [...input.evaluations].sort(
    (a, b) => sign * (a.metrics[input.metric] - b.metrics[input.metric]),
  );
  const [best] = ranked;
  if (best === undefined) throw new Error('There is no model to choose from.');
  return {
    model: best.model,
    metrics: best.metrics,
    ranking: ranked.map((evaluation) => ({
      name: evaluation.model.name,
      value: evaluation.metrics[input.metric],
    })),
  };
});
