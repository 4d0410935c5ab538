import { taskHandler } from '../../lib/runtime/task-handler';
import { selectBest } from '../../lib/tasks/select-best';
import { rankEvaluations } from '../rank-evaluations';

export const handler = taskHandler(selectBest, async (input) => {
  const { best, ranking } = rankEvaluations(input.evaluations, input.metric);
  return { model: best.model, metrics: best.metrics, ranking };
});
