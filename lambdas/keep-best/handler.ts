import { DoNotRetry } from '../../lib/model/errors';
import { taskHandler } from '../../lib/runtime/task-handler';
import { keepBest } from '../../lib/tasks/keep-best';
import { gainOf, type MetricName } from '../../lib/tasks/metric';

export const handler = taskHandler(keepBest, ({ candidates, evaluations, metric, factor }) => {
  if (evaluations.length !== candidates.length)
    throw new DoNotRetry(
      `There are ${evaluations.length} evaluations for ${candidates.length} candidates; both must be of the same map.`,
    );
  const ranked = candidates
    .map((params, i) => {
      const value = (evaluations[i]!.metrics as Readonly<Partial<Record<MetricName, number>>>)[metric];
      if (value === undefined)
        throw new DoNotRetry(
          `The metric '${metric}' is none of ${Object.keys(evaluations[i]!.metrics).join(', ')}.`,
        );
      return { params, value };
    })
    .sort((a, b) => gainOf(metric, b.value, a.value));
  const kept = ranked.slice(0, Math.ceil(candidates.length / factor));
  return Promise.resolve({
    candidates: kept.map(({ params }) => params),
    values: kept.map(({ value }) => value),
  });
});
