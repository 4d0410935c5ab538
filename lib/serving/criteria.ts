/** The criteria of a deployment, one function each. None throws: what cannot be tried has not passed. */
import { bootstrapInterval } from '../ml/bootstrap';
import { sliceMetrics } from '../ml/slice-metrics';
import { gainOf, type MetricName } from '../tasks/metric';
import type { CriterionResult } from '../tasks/verify-model';
import { badInput, latency, lineage, parity, sameSignature, size } from './behaviour-criteria';
import { shown, type Criterion, type Verified } from './criterion';
import { metricOn, type HeldOutRows } from './held-out-scores';

const RESAMPLES = 500;

const all = (rows: HeldOutRows): Int32Array => Int32Array.from({ length: rows.table.rows }, (_, row) => row);

/** At least the floor; of what is better when lower, at most the ceiling. */
function meets(metric: MetricName, value: number, limit: number): boolean {
  return gainOf(metric, value, limit) >= 0;
}

const bound = (metric: MetricName): string => (gainOf(metric, 1, 0) > 0 ? 'at least' : 'at most');

const metrics: Criterion = ({ criteria, rows, scores }) =>
  Object.entries(criteria.metrics).map(([name, limit]) => {
    const metric = name as MetricName;
    const value = metricOn(metric, rows, scores, all(rows));
    return {
      criterion: `metric ${metric}`,
      passed: meets(metric, value, limit),
      value: shown(value),
      limit,
      detail: `on ${rows.table.rows} held-out rows, ${bound(metric)}`,
    };
  });

const slices: Criterion = ({ criteria, rows, scores }) =>
  criteria.slices.map(({ column, metric, limit, minRows }) => {
    const criterion = `slice ${metric} by ${column}`;
    const found = rows.columns.find(({ name }) => name === column);
    if (found === undefined)
      return { criterion, passed: false, value: 'no such column', limit, detail: `column '${column}'` };
    const parts = sliceMetrics([found], (members) => metricOn(metric, rows, scores, members), { minRows });
    const [worst] = [...parts].sort((a, b) => gainOf(metric, a.metric, b.metric));
    if (worst === undefined)
      return {
        criterion,
        passed: false,
        value: 'no slice',
        limit,
        detail: `no value of '${column}' has ${minRows} rows`,
      };
    return {
      criterion,
      passed: parts.every((part) => meets(metric, part.metric, limit)),
      value: shown(worst.metric),
      limit,
      detail: `worst of ${parts.length} slices: ${worst.value} (${worst.rows} rows), ${bound(metric)}`,
    };
  });

const improvement: Criterion = ({ criteria, rows, scores, served }) => {
  if (criteria.improvement === undefined) return [];
  const { metric, margin, confidence } = criteria.improvement;
  const criterion = `improvement ${metric}`;
  if (served === undefined)
    return [{ criterion, passed: true, value: 'first', limit: margin, detail: 'nothing is served yet' }];
  const gain = (sample: Int32Array) =>
    gainOf(metric, metricOn(metric, rows, scores, sample), metricOn(metric, rows, served.scores, sample));
  // The same samples for both versions, so that hard rows count for both.
  const { value, low, high } = bootstrapInterval(rows.table.rows, gain, {
    confidence,
    resamples: RESAMPLES,
    ...(rows.classes.length > 0 ? { strata: rows.target } : {}),
  });
  return [
    {
      criterion,
      passed: low > margin,
      value: shown(low),
      limit: margin,
      detail: `gain over version ${served.model.version}: ${shown(value)}, ${100 * confidence} % interval ${shown(low)} to ${shown(high)}; its lower end must be above the margin`,
    },
  ];
};

const stage: Criterion = ({ criteria, material }) =>
  criteria.notArchived
    ? [
        {
          criterion: 'stage',
          passed: material.registered.stage !== 'Archived',
          value: material.registered.stage,
          limit: 'not Archived',
          detail: 'of the registry, when it was looked at',
        },
      ]
    : [];

const CRITERIA: Readonly<Record<string, Criterion>> = {
  metrics,
  slices,
  improvement,
  sameSignature,
  parity,
  size,
  latency,
  badInput,
  lineage,
  stage,
};

/** All of them, in their order. */
export function tryCriteria(verified: Verified): CriterionResult[] {
  return Object.entries(CRITERIA).flatMap(([name, criterion]) => {
    try {
      return criterion(verified);
    } catch (error) {
      return [
        { criterion: name, passed: false, value: 'not tried', limit: '', detail: (error as Error).message },
      ];
    }
  });
}
