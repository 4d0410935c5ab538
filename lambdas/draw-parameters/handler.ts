import { parameterDraws } from '../../lib/ml/model-selection/candidates';
import { DoNotRetry } from '../../lib/model/errors';
import { taskHandler } from '../../lib/runtime/task-handler';
import { drawParameters } from '../../lib/tasks/draw-parameters';
import type { EstimatorParams } from '../../lib/tasks/estimator';

export const handler = taskHandler(drawParameters, ({ space, count, fixed, seed }) => {
  try {
    const drawn = parameterDraws(space, count, seed) as EstimatorParams[];
    return Promise.resolve({ candidates: drawn.map((params) => ({ ...fixed, ...params })) });
  } catch (cause) {
    // A range without numbers: the next attempt would find none either.
    if (cause instanceof RangeError) throw new DoNotRetry(cause.message, { cause });
    throw cause;
  }
});
