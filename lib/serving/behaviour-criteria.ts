/** Criteria of how a version behaves: its signature, its file, its speed, what it refuses, where it comes from. */
import { columnsOf } from './check-records';
import { shown, type Criterion, type Verified } from './criterion';
import type { ServedModel } from './model-folder';
import type { Fields } from './read-records';
import { RequestRefused } from './request-refused';
import { inputDifferences } from './signature';

/** Rows that are sent as records, for parity, latency and bad input. */
const SENT_ROWS = 200;

export const sameSignature: Criterion = ({ criteria, material, served }) => {
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

export const parity: Criterion = (verified) => {
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

export const size: Criterion = ({ criteria, material }) => [
  {
    criterion: 'size',
    passed: material.served.bytes <= criteria.maxBytes,
    value: material.served.bytes,
    limit: criteria.maxBytes,
    detail: 'bytes of model.onnx',
  },
];

export const latency: Criterion = (verified) => {
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

export const badInput: Criterion = (verified) => {
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

export const lineage: Criterion = ({ criteria, material: { registered, served } }) => {
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
