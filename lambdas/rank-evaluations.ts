import { DoNotRetry } from '../lib/model/errors';
import { gainOf, type MetricName } from '../lib/tasks/metric';

interface Evaluated<Name extends string> {
  readonly model: { readonly name: string };
  readonly metrics: Readonly<Partial<Record<Name, number | undefined>>>;
}

/**
 * The evaluations, best first; one before the other on a tie stays so.
 * @throws DoNotRetry for a metric that they do not have
 */
export function rankEvaluations<Name extends MetricName, One extends Evaluated<Name>>(
  evaluations: readonly One[],
  metric: Name,
): { readonly best: One; readonly ranking: { name: string; value: number }[] } {
  const ranked = evaluations
    .map((one) => {
      const value = one.metrics[metric];
      if (value !== undefined) return { one, value };
      throw new DoNotRetry(
        `The evaluation of ${one.model.name} has no '${metric}'; it has ${Object.keys(one.metrics).join(', ')}.`,
      );
    })
    .sort((a, b) => gainOf(metric, b.value, a.value));
  const [best] = ranked;
  if (best === undefined) throw new Error('There is no model to choose from.');
  return { best: best.one, ranking: ranked.map(({ one, value }) => ({ name: one.model.name, value })) };
}
