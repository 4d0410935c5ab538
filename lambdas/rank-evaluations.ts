import { gainOf, type MetricName } from '../lib/tasks/metric';

interface Evaluated<Name extends string> {
  readonly model: { readonly name: string };
  readonly metrics: Readonly<Record<Name, number>>;
}

/** The evaluations, best first; one before the other on a tie stays so. */
export function rankEvaluations<Name extends MetricName, One extends Evaluated<Name>>(
  evaluations: readonly One[],
  metric: Name,
): { readonly best: One; readonly ranking: { name: string; value: number }[] } {
  const ranked = [...evaluations].sort((a, b) => gainOf(metric, b.metrics[metric], a.metrics[metric]));
  const [best] = ranked;
  if (best === undefined) throw new Error('There is no model to choose from.');
  return {
    best,
    ranking: ranked.map(({ model, metrics }) => ({ name: model.name, value: metrics[metric] })),
  };
}
