import { DoNotRetry } from '../../lib/model/errors';
import { taskHandler } from '../../lib/runtime/task-handler';
import type { TaskContext } from '../../lib/runtime/task-context';
import { compareWithChampion } from '../../lib/tasks/compare-with-champion';
import type { FeatureSet } from '../../lib/tasks/dataset';
import { gainOf, type MetricName } from '../../lib/tasks/metric';
import { getVersionByAlias } from '../../lib/tracking/model-versions';
import type { StoredModel } from '../read-model';
import { readTestNumbers, readTestRows, scoreModel, scoreRegression } from '../score-model';

export const handler = taskHandler(compareWithChampion, async (input, context) => {
  const { rows, valueOf } = await scorerOf(context, input.test, input.metric);
  const candidate = await valueOf(input.model);
  const holder = await getVersionByAlias(input.name, input.alias);
  const named = ['auc', 'rmse', 'mae', 'mape'].includes(input.metric)
    ? input.metric.toUpperCase()
    : input.metric;
  if (holder === undefined) {
    return {
      better: true,
      reason: `${named} ${candidate.toFixed(4)}; no version is ${input.alias} yet`,
      candidate,
      champion: null,
      drop: 0,
      expected: null,
    };
  }
  const value = await valueOf({
    name: `version ${holder.version} of ${input.name}`,
    uri: holder.source,
    sha256: holder.tags['sha256'],
  });
  const gain = gainOf(input.metric, candidate, value);
  const better = gain > input.minimumImprovement;
  const how = gain === 0 ? 'equal' : `${gain > 0 ? 'better' : 'worse'} by ${Math.abs(gain).toFixed(4)}`;
  const reason = `${named} ${candidate.toFixed(4)} against ${value.toFixed(4)} of version ${holder.version} on the same ${rows} rows: ${how}${better || gain <= 0 ? '' : `, but ${input.minimumImprovement} is asked for`}`;
  // A candidate that was promoted meanwhile, or by an earlier attempt, is not its own challenger.
  if (holder.version !== input.version)
    await (
      await context.tracking()
    ).registry.recordComparison(
      input.name,
      input.version,
      {
        metric: input.metric,
        value: candidate,
        than: { version: holder.version, value },
        gain,
        rows,
        digest: input.test.dataset.sha256,
      },
      reason,
    );
  return {
    better,
    reason,
    candidate,
    champion: { version: holder.version, value },
    drop: dropOf(input.metric, value, holder.tags[`test_${input.metric}`]),
    expected: holder.version,
  };
});

/** @param registered as the tag of a version has it */
function dropOf(metric: MetricName, value: number, registered: string | undefined): number {
  const before = Number(registered ?? Number.NaN);
  return Number.isFinite(before) ? -gainOf(metric, value, before) : 0;
}

/** Value of the metric for a model's folder, on the test rows. */
async function scorerOf(context: TaskContext, test: FeatureSet, metric: MetricName) {
  const valueIn = (metrics: Readonly<Partial<Record<MetricName, number>>>): number => {
    const value = metrics[metric];
    if (value !== undefined) return value;
    throw new DoNotRetry(
      `The metric '${metric}' does not fit '${test.target}'; it has ${Object.keys(metrics)
        .filter((name) => name !== 'rows')
        .join(', ')}.`,
    );
  };
  if (test.classes.length > 0) {
    const rows = await readTestRows(context, test);
    return {
      rows: rows.target.length,
      valueOf: async (model: StoredModel) => valueIn((await scoreModel(context, model, rows)).metrics),
    };
  }
  const rows = await readTestNumbers(context, test);
  return {
    rows: rows.target.length,
    valueOf: async (model: StoredModel) => valueIn((await scoreRegression(context, model, rows)).metrics),
  };
}
