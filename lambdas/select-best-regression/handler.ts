import { taskHandler } from '../../lib/runtime/task-handler';
import { selectBestRegression } from '../../lib/tasks/select-best-regression';
import { rankEvaluations } from '../rank-evaluations';

export const handler = taskHandler(selectBestRegression, async (input) => {
  const { best, ranking } = rankEvaluations(input.evaluations, input.metric);
  return { model: best.model, metrics: best.metrics, ranking };
});
