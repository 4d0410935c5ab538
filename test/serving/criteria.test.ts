/** Each criterion of a deployment: what passes all of them, and the one change that each does not let through. */
import type { RawColumn } from '../../lib/ml/raw-column';
import { tryCriteria } from '../../lib/serving/criteria';
import type { Verified } from '../../lib/serving/criterion';
import type { ServedModel } from '../../lib/serving/model-folder';
import type { Signature } from '../../lib/serving/signature';
import type { VersionMaterial } from '../../lib/serving/version-material';
import { deploymentCriteria, type CriterionResult } from '../../lib/tasks/verify-model';

const ROWS = 240;
const x = Array.from({ length: ROWS }, (_, row) => row / ROWS);
const town = x.map((_, row) => (row % 4 === 0 ? 'b' : 'a'));
/** One row in 40 is labelled otherwise than `x` says, all of them in the town 'b'. */
const target = Int32Array.from(x, (value, row) =>
  row % 40 === 0 ? Number(value < 0.5) : Number(value >= 0.5),
);
const columns: RawColumn[] = [
  { name: 'x', kind: 'number', values: x },
  { name: 'town', kind: 'text', values: town },
];
const signature: Signature = {
  inputs: [
    { name: 'x', type: 'double', required: true },
    { name: 'town', type: 'string', required: true },
  ],
  outputs: [
    { name: 'label', type: 'string', required: true },
    { name: 'probability_no', type: 'double', required: true },
    { name: 'probability_yes', type: 'double', required: true },
  ],
};

/** @param yes probability of the second class */
const modelOf = (yes: (x: number) => number, own: Partial<ServedModel> = {}): ServedModel => ({
  model: 'm',
  version: '2',
  signature,
  sha256: 'abc',
  bytes: 1000,
  score: (given) =>
    given[0]!.values.map((value) => {
      const probability_yes = yes(Number(value));
      return {
        label: probability_yes > 0.5 ? 'yes' : 'no',
        probability_yes,
        probability_no: 1 - probability_yes,
      };
    }),
  ...own,
});
const scoresOf = (yes: (x: number) => number) => [
  Float64Array.from(x, (value) => 1 - yes(value)),
  Float64Array.from(x, yes),
];
const good = (value: number) => 1 / (1 + Math.exp(-20 * (value - 0.4999)));
/** Sure of the contrary for one value in four. */
const worse = (value: number) => (value > 0.6 && value < 0.85 ? 0.1 : good(value));

const registered = {
  runId: 'run',
  stage: 'None',
  tags: { sha256: 'abc' },
  lineage: { commit: 'c0de', datasets: [{ context: 'train' }, { context: 'test' }] },
} as unknown as VersionMaterial['registered'];

function verified(change: {
  readonly criteria?: object;
  readonly served?: ServedModel;
  readonly scores?: readonly Float64Array[];
  readonly before?: Verified['served'];
  readonly registered?: object;
}): Verified {
  const served = change.served ?? modelOf(good);
  return {
    criteria: deploymentCriteria.parse({
      metrics: { accuracy: 0.9 },
      slices: [{ column: 'town', metric: 'accuracy', limit: 0.85 }],
      ...change.criteria,
    }),
    material: {
      registered: { ...registered, ...change.registered },
      served,
      ref: {} as VersionMaterial['ref'],
      classes: ['no', 'yes'],
    },
    rows: {
      table: { rows: ROWS, columns: [] },
      columns,
      target,
      classes: ['no', 'yes'],
    },
    scores: change.scores ?? scoresOf(good),
    served: change.before ?? { model: modelOf(good, { version: '1' }), scores: scoresOf(good) },
  };
}
const failed = (results: readonly CriterionResult[]) => results.filter(({ passed }) => !passed);

it('all are tried and pass, with value and limit; a first version has nothing to beat', () => {
  const criteria = { improvement: { metric: 'auc', margin: -0.02 } };
  const results = tryCriteria(verified({ criteria }));
  expect(failed(results)).toEqual([]);
  expect(results.map(({ criterion }) => criterion)).toEqual([
    'metric accuracy',
    'slice accuracy by town',
    'improvement auc',
    'signature',
    'parity',
    'size',
    'latency p99',
    'bad input',
    'lineage',
    'stage',
  ]);
  const right = x.filter((value, row) => Number(good(value) > 0.5) === target[row]).length;
  expect(results[0]).toMatchObject({ value: right / ROWS, limit: 0.9 });
  const inB = x.flatMap((value, row) =>
    town[row] === 'b' ? [Number(good(value) > 0.5) === target[row]] : [],
  );
  expect(results[1]).toMatchObject({ value: inB.filter(Boolean).length / inB.length, limit: 0.85 });
  const { served: _none, ...first } = verified({ criteria });
  expect(failed(tryCriteria(first))).toEqual([]);
});

it.each<[string, Parameters<typeof verified>[0], string, RegExp]>([
  ['the floor', { criteria: { metrics: { accuracy: 0.99 } } }, 'metric accuracy', /held-out rows, at least/],
  [
    'the floor of a slice',
    { criteria: { slices: [{ column: 'town', metric: 'accuracy', limit: 0.95 }] } },
    'slice accuracy by town',
    /worst of 2 slices: b/,
  ],
  [
    'a slice by a column that there is not',
    { criteria: { slices: [{ column: 'country', metric: 'accuracy', limit: 0.5 }] } },
    'slice accuracy by country',
    /column 'country'/,
  ],
  [
    'the version that is served',
    {
      criteria: { metrics: {}, slices: [], improvement: { metric: 'auc', margin: -0.02 } },
      served: modelOf(worse),
      scores: scoresOf(worse),
    },
    'improvement auc',
    /its lower end must be above the margin/,
  ],
  [
    'the signature of the endpoint',
    {
      before: {
        model: modelOf(good, {
          signature: {
            ...signature,
            inputs: [...signature.inputs, { name: 'y', type: 'double', required: true }],
          },
        }),
        scores: scoresOf(good),
      },
    },
    'signature',
    /y/,
  ],
  [
    'the scores on the stored rows',
    { scores: scoresOf((value) => good(value) * 0.99) },
    'parity',
    /largest difference over 200 requests/,
  ],
  ['the size', { served: modelOf(good, { bytes: 50_000_001 }) }, 'size', /bytes of model\.onnx/],
  ['the latency', { criteria: { maxP99Ms: 1e-9 } }, 'latency p99', /single records/],
  ['the checksum', { registered: { tags: { sha256: 'other' } } }, 'lineage', /the checksum of the file/],
  [
    'the lineage',
    { registered: { runId: '', lineage: { commit: '', datasets: [{ context: 'train' }] } } },
    'lineage',
    /the run that made it, the code that made it, the rows it was measured on/,
  ],
  ['the stage', { registered: { stage: 'Archived' } }, 'stage', /of the registry/],
])('refuses what does not hold %s', (_, change, criterion, detail) => {
  const [only, ...others] = failed(tryCriteria(verified(change)));
  expect(others).toEqual([]);
  expect(only).toMatchObject({ criterion, passed: false });
  expect(only?.detail).toMatch(detail);
});

it('what cannot be tried has not passed, and says why', () => {
  const inputs = signature.inputs.map((field) => ({ ...field, type: 'string' as const }));
  const served = modelOf(good, { signature: { ...signature, inputs } });
  const before = { model: modelOf(good, { signature: { ...signature, inputs } }), scores: scoresOf(good) };
  expect(failed(tryCriteria(verified({ served, before })))).toEqual(
    ['parity', 'latency'].map((criterion) => ({
      criterion,
      passed: false,
      value: 'not tried',
      limit: '',
      detail: expect.stringContaining("The field 'x' must be a text, not the number 0.") as string,
    })),
  );
});
