/** The criteria of a deployment, one function each. None throws: what cannot be tried has not passed. */
import { bootstrapInterval } from '../ml/bootstrap';
import { sliceMetrics } from '../ml/slice-metrics';
import { gainOf, type MetricName } from '../tasks/metric';
import type { CriterionResult, DeploymentCriteria } from '../tasks/verify-model';
import { columnsOf } from './check-records';
import { metricOn, type HeldOutRows } from './held-out-scores';
import type { ServedModel } from './model-folder';
import type { Fields } from './read-records';
import { RequestRefused } from './request-refused';
import { inputDifferences } from './signature';
import type { VersionMaterial } from './version-material';

export interface Verified {
  readonly criteria: DeploymentCriteria;
  readonly material: VersionMaterial;
  readonly rows: HeldOutRows;
  readonly scores: readonly Float64Array[];
  /** The version that the endpoint serves, on the same rows; absent when it serves none. */
  readonly served?: { readonly model: ServedModel; readonly scores: readonly Float64Array[] };
}

type Criterion = (verified: Verified) => CriterionResult[];

/** Rows that are sent as records, for parity, latency and bad input. */
const SENT_ROWS = 200;
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

const sameSignature: Criterion = ({ criteria, material, served }) => {
  if (!criteria.sameSignature) return [];
  const differences =
    served === undefined ? [] : inputDifferences(served.model.signature, material.served.signature);
  return [
    {
      criterion: 'signature',
      passed: differences.length === 0,
      value: differences.length,
      limit: 0,
      detail: differences.length === 0 ? 'takes what the endpoint takes' : differences.join('; '),
    },
  ];
};

const parity: Criterion = (verified) => {
  const { criteria, material, scores, rows } = verified;
  const records = sentRecords(verified);
  // Through JSON and the check of fields, as a request comes.
  const answers = material.served.score(
    columnsOf(JSON.parse(JSON.stringify(records)) as Fields[], material.served.signature),
  );
  let largest = 0;
  answers.forEach((answer, row) => {
    const names =
      rows.classes.length > 0 ? rows.classes.map((label) => `probability_${label}`) : ['prediction'];
    names.forEach((name, c) => {
      largest = Math.max(largest, Math.abs(Number(answer[name]) - (scores[c]?.[row] ?? Number.NaN)));
    });
  });
  return [
    {
      criterion: 'parity',
      passed: largest <= criteria.parity,
      value: largest,
      limit: criteria.parity,
      detail: `largest difference over ${records.length} requests to the scores on the stored rows`,
    },
  ];
};

const size: Criterion = ({ criteria, material }) => [
  {
    criterion: 'size',
    passed: material.served.bytes <= criteria.maxBytes,
    value: material.served.bytes,
    limit: criteria.maxBytes,
    detail: 'bytes of model.onnx',
  },
];

const latency: Criterion = (verified) => {
  const { criteria, material } = verified;
  const times = sentRecords(verified)
    .map((record) => {
      const started = performance.now();
      material.served.score(columnsOf([record], material.served.signature));
      return performance.now() - started;
    })
    .sort((a, b) => a - b);
  const p99 = times[Math.ceil(times.length * 0.99) - 1] ?? Number.NaN;
  return [
    {
      criterion: 'latency p99',
      passed: p99 <= criteria.maxP99Ms,
      value: shown(p99),
      limit: criteria.maxP99Ms,
      detail: `milliseconds, ${times.length} single records`,
    },
  ];
};

const badInput: Criterion = (verified) => {
  const { criteria, material } = verified;
  if (!criteria.refusesBadInput) return [];
  const { signature } = material.served;
  const [good = {}] = sentRecords(verified);
  const attempts = signature.inputs.flatMap(({ name, type, required }) => {
    const { [name]: _gone, ...without } = good;
    return [
      ...(required ? [{ what: `without ${name}`, name, record: without }] : []),
      { what: `${name} as an object`, name, record: { ...good, [name]: {} } },
      ...(type === 'string' || type === 'boolean'
        ? []
        : [{ what: `infinite ${name}`, name, record: { ...good, [name]: Infinity } }]),
    ];
  });
  const taken = attempts.filter(({ record, name }) => !refusesByName(record, name, material.served));
  return [
    {
      criterion: 'bad input',
      passed: taken.length === 0,
      value: taken.length,
      limit: 0,
      detail:
        taken.length === 0
          ? `${attempts.length} requests with a missing, mistyped or infinite field were refused by its name`
          : `taken: ${taken.map(({ what }) => what).join(', ')}`,
    },
  ];
};

const lineage: Criterion = ({ criteria, material: { registered, served } }) => {
  if (!criteria.lineage) return [];
  const { lineage: origin, tags, runId } = registered;
  const contexts = new Set(origin?.datasets.map(({ context }) => context));
  const missing = [
    ...(tags['sha256'] === served.sha256 ? [] : ['the checksum of the file']),
    ...(runId === '' ? ['the run that made it'] : []),
    ...(origin === undefined || origin.commit === '' ? ['the code that made it'] : []),
    ...(contexts.has('train') ? [] : ['the rows it was fitted on']),
    ...(contexts.has('test') ? [] : ['the rows it was measured on']),
  ];
  return [
    {
      criterion: 'lineage',
      passed: missing.length === 0,
      value: missing.length,
      limit: 0,
      detail:
        missing.length === 0
          ? `run ${runId}, code ${origin?.commit ?? ''}`
          : `not known: ${missing.join(', ')}`,
    },
  ];
};

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

/** The first held-out rows as a client would send them. */
function sentRecords({ rows, material }: Verified): Fields[] {
  const byName = new Map(rows.columns.map((column) => [column.name, column]));
  return Array.from({ length: Math.min(SENT_ROWS, rows.table.rows) }, (_, row) =>
    Object.fromEntries(
      material.served.signature.inputs.map(({ name }) => [name, byName.get(name)?.values[row] ?? null]),
    ),
  );
}

function refusesByName(record: Fields, name: string, { signature }: ServedModel): boolean {
  try {
    columnsOf([record], signature);
    return false;
  } catch (error) {
    return error instanceof RequestRefused && error.problems.some(({ field }) => field === name);
  }
}

function shown(value: number): number | string {
  return Number.isFinite(value) ? Number(value.toPrecision(6)) : String(value);
}
