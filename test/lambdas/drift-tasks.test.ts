import '../support/quiet-telemetry';
import { createHash } from 'node:crypto';
import { handler as detectDrift } from '../../lambdas/detect-drift/handler';
import { handler as measureDecay } from '../../lambdas/measure-decay/handler';
import type { Cell } from '../../lib/data/read-parquet';
import { exportOnnx } from '../../lib/ml/onnx/export';
import { fitLogisticRegression } from '../../lib/ml/logistic-regression';
import { fitPreprocessor, transform } from '../../lib/ml/preprocessor';
import type { RawColumn } from '../../lib/ml/raw-column';
import { Random } from '../../lib/ml/random';
import type { Json } from '../../lib/model/json';
import { driftRule } from '../../lib/tasks/detect-drift';
import { createModel, getModel } from '../../lib/tracking/registered-models';
import { getRun } from '../../lib/tracking/runs';
import {
  bell,
  outputOf,
  readText,
  storeDataset,
  testObjects,
  type Columns,
  type Dataset,
} from '../support/learned';
import { startLocalAws, type LocalAws } from '../support/local-aws';

let aws: LocalAws;
beforeAll(async () => {
  aws = await startLocalAws();
});
afterAll(async () => aws.stop());

/** Rows of people; a shift moves the incomes, a share of towns goes to 'new'. */
function people(seed: number, rows: number, { shift = 0, newTown = 0, gaps = 0 } = {}): Columns {
  const random = new Random(seed);
  const column = (draw: () => Cell): Cell[] => Array.from({ length: rows }, draw);
  return {
    income: ['number', column(() => (random.uniform() < gaps ? null : 1000 * (bell(random) + shift)))],
    age: ['integer', column(() => 18 + random.below(60))],
    town: ['string', column(() => (random.uniform() < newTown ? 'new' : ['a', 'b', 'c'][random.below(3)]!))],
    member: ['boolean', column(() => random.uniform() < 0.4)],
    at: ['timestamp', column(() => `2026-11-${String(1 + random.below(28)).padStart(2, '0')}T00:00:00.000Z`)],
  };
}

type Found = {
  drifted: boolean;
  reason: string;
  driftedFeatures: string[];
  driftedShare: number;
  schemaChanges: Json[];
  features: { column: string; drifted: boolean; reason: string; adjustedPValue: number | null }[];
  report: Json;
  json: Json;
  runId: string;
};
const detect = (input: { readonly [name: string]: Json }) => outputOf<Found>(detectDrift, 'drift', input);

describe('detect-drift', () => {
  it('finds no drift between samples of one distribution', async () => {
    const reference = await storeDataset('ref', people(1, 1500));
    const out = await detect({ reference, current: await storeDataset('same', people(2, 900)) });
    expect(out).toMatchObject({ drifted: false, driftedFeatures: [], driftedShare: 0, schemaChanges: [] });
    expect(out.features.map(({ column }) => column)).toEqual(['income', 'age', 'town', 'member']);
    expect(out.reason).toBe('0 of 4 features drifted.');
  });

  it('opens and closes its alarm of the registered model that it watches', async () => {
    await createModel('incomes', { description: '', tags: {} });
    const reference = await storeDataset('ref', people(1, 1500));
    const moved = await storeDataset('moved', people(3, 900, { shift: 0.5 }));
    const same = await storeDataset('same', people(2, 900));
    const watch = (task: string, current: Json) =>
      outputOf<Found>(detectDrift, task, { reference, current, watches: 'incomes' });
    const { reason } = await watch('drift', moved);
    expect(Object.values((await getModel('incomes')).driftAlarms ?? {})).toMatchObject([
      { monitor: 'credit-risk/drift', reason },
    ]);
    // Another task keeps an alarm of its own.
    await watch('other', same);
    expect(Object.keys((await getModel('incomes')).driftAlarms ?? {})).toEqual(['credit-risk/drift']);
    await expect(
      outputOf(detectDrift, 'drift', { reference, current: same, watches: 'nothing' }),
    ).rejects.toThrow('Registered Model with name=nothing not found');
  });

  it('names what moved, why, and leaves report, JSON and metrics behind', async () => {
    const reference = await storeDataset('ref', people(1, 1500));
    const current = await storeDataset('moved', people(3, 900, { shift: 0.5, newTown: 0.3 }));
    const out = await detect({ reference, current });
    expect(out).toMatchObject({ drifted: true, driftedShare: 0.5 });
    expect(out.driftedFeatures).toEqual(['town', 'income']);
    expect(out.features[0]!.reason).toMatch(/^ks p = \d.* < 0\.05 \(benjamini-hochberg\)$/);
    const html = await readText(out.report);
    expect(html).toContain('Drifted: 2 of 4 features drifted');
    expect(html.match(/<figure/g)).toHaveLength(4);
    expect(JSON.parse(await readText(out.json))).toMatchObject({
      drifted: true,
      rows: { reference: 1500, current: 900 },
      rule: { alpha: 0.05 },
    });
    expect((await getRun(out.runId)).status).toBe('FINISHED');
  });

  it('counts more missing values and other columns as drift', async () => {
    const reference = await storeDataset('ref', people(1, 600));
    const { member: _member, age, ...others } = people(4, 600, { gaps: 0.2 });
    const [, ages] = age!;
    const current = await storeDataset('other', {
      ...others,
      age: ['string', ages.map(String)],
      extra: ['number', ages],
    });
    const out = await detect({ reference, current });
    expect(out.features.find(({ column }) => column === 'income')?.reason).toMatch(
      /^missing (1\d|2\d)(\.\d)? % instead of 0 %$/,
    );
    expect(out.schemaChanges).toEqual([
      { column: 'age', change: 'type', before: 'integer', after: 'string' },
      { column: 'member', change: 'removed', before: 'boolean', after: null },
      { column: 'extra', change: 'added', before: null, after: 'number' },
    ]);
    expect(out.reason).toContain(
      "'age' is string instead of integer; 'member' was removed; 'extra' was added",
    );
  });

  it('has the plain rule, distances, and a share of features', async () => {
    const reference = await storeDataset('ref', people(1, 1500));
    const current = await storeDataset('slight', people(5, 900, { shift: 0.25 }));
    const rule = (more: object) => driftRule.parse(more) as unknown as Json;
    const plain = await detect({ reference, current, rule: rule({ correction: 'none' }) });
    expect(plain.driftedFeatures).toContain('income');
    const distances = { numbers: 'psi', categories: 'jensen-shannon' };
    expect((await detect({ reference, current, rule: rule(distances) })).drifted).toBe(false);
    const half = await detect({ reference, current, rule: rule({ correction: 'none', share: 0.75 }) });
    expect(half).toMatchObject({ drifted: false, driftedFeatures: plain.driftedFeatures });
  });

  it('compares times when asked to, and a column that is wholly missing by that', async () => {
    const reference = await storeDataset('ref', people(1, 300));
    const empty = await storeDataset('empty', people(1, 300, { gaps: 1 }));
    const out = await detect({ reference, current: empty, columns: ['at', 'income'] });
    expect(out.features).toMatchObject([
      { column: 'income', drifted: true, reason: 'missing 100 % instead of 0 %', adjustedPValue: null },
      { column: 'at', drifted: false },
    ]);
  });

  it.each([
    [
      'no rows',
      {},
      (d: Dataset) => Object.assign({}, d, { rows: 0 }),
      "Dataset 'ref' has no rows to compare",
    ],
    ['an unknown column', { columns: ['pay'] }, (d: Dataset) => d, "has no column 'pay' to compare"],
    [
      'nothing to compare',
      { exclude: ['income', 'age', 'town', 'member'] },
      (d: Dataset) => d,
      'share no column',
    ],
    ['a rule that is none', { rule: { alpha: 2 } }, (d: Dataset) => d, 'alpha'],
  ])('refuses %s', async (_name, more, change, message) => {
    const reference = await storeDataset('ref', people(1, 50));
    await expect(detect({ reference, current: change(reference), ...(more as object) })).rejects.toThrow(
      message,
    );
  });
});

describe('measure-decay', () => {
  const rows = 800;
  /** The label follows x; `noise` is the share of labels by chance. */
  function labelled(seed: number, noise: number): Columns {
    const random = new Random(seed);
    const x = Array.from({ length: rows }, () => bell(random));
    return {
      x: ['number', x],
      side: ['string', x.map((_, row) => (row % 2 === 0 ? 'left' : 'right'))],
      label: [
        'string',
        x.map((value) => ((random.uniform() < noise ? random.uniform() < 0.5 : value > 0) ? 'yes' : 'no')),
      ],
    };
  }

  async function model(): Promise<Json> {
    const data = labelled(1, 0.1);
    const raw = [{ name: 'x', kind: 'number', values: data['x']![1] as number[] } satisfies RawColumn];
    const all = Array.from({ length: rows }, (_, row) => row);
    const state = fitPreprocessor(raw, all);
    const y = Int32Array.from(data['label']![1], (label) => Number(label === 'yes'));
    const onnx = exportOnnx(state, fitLogisticRegression(transform(state, raw, all), y, 2), ['no', 'yes']);
    await testObjects().putBytes('artifacts/1/run/model/model.onnx', onnx);
    return {
      name: 'logistic',
      algorithm: 'logistic-regression',
      runId: 'run',
      uri: 's3://millrace-test-data/artifacts/1/run/model/',
      sha256: createHash('sha256').update(onnx).digest('hex'),
      bytes: onnx.length,
      classes: ['no', 'yes'],
    };
  }

  type Measured = { [name: string]: number } & { decayed: boolean; reason: string; report: Json; json: Json };
  const measure = (input: { readonly [name: string]: Json }) =>
    outputOf<Measured>(measureDecay, 'decay', { target: 'label', ...input });

  it('tells a model that became worse from one that did not', async () => {
    const [reference, same, worse] = await Promise.all([
      storeDataset('then', labelled(1, 0.1)),
      storeDataset('same', labelled(2, 0.1)),
      storeDataset('worse', labelled(3, 0.7)),
    ]);
    const common = { model: await model(), baseline: { dataset: reference }, slices: ['side'] };
    const well = await measure({ ...common, current: same });
    expect(well).toMatchObject({ decayed: false, metric: 'auc', rows });
    expect(well['low']).toBeLessThan(well['current']!);
    expect(well['high']).toBeGreaterThan(well['current']!);
    const bad = await measure({ ...common, current: worse });
    expect(bad.decayed).toBe(true);
    expect(bad.reason).toMatch(
      /^auc is 0\.6\d+ \(0\.\d+ to 0\.\d+\) on 800 rows of 'worse'; the baseline is 0\.9/,
    );
    expect(await readText(bad.report)).toContain('Decayed: auc is');
    expect((JSON.parse(await readText(bad.json)) as { slices: Json[] }).slices).toHaveLength(2);
  });

  it('allows what is allowed, and chance where only what is sure counts', async () => {
    const current = await storeDataset('now', labelled(2, 0.1));
    const common = { model: await model(), current, metric: 'accuracy' };
    const { current: value = 0 } = await measure({ ...common, baseline: { value: 1 } });
    const by = (baseline: number, more: object) =>
      measure({ ...common, baseline: { value: baseline }, ...more } as { [name: string]: Json });
    expect((await by(value + 0.1, { maxDrop: 0.11 })).decayed).toBe(false);
    expect((await by(value + 0.1, { maxDrop: 0.09 })).decayed).toBe(true);
    expect((await by(value + 0.005, { maxDrop: 0 })).decayed).toBe(true);
    const sure = await by(value + 0.005, { maxDrop: 0, significant: true });
    expect(sure.decayed).toBe(false);
    expect(sure.reason).toContain('may be chance');
  });

  it('refuses a changed model file, a metric of the other kind, unknown labels, one class only, and slices that there are not', async () => {
    const current = await storeDataset('now', labelled(2, 0.1));
    const common = { model: await model(), current, baseline: { value: 0.9 } };
    const other = { ...(common.model as object), sha256: 'ab'.repeat(32) };
    await expect(measure({ ...common, model: other })).rejects.toMatchObject({
      name: 'Millrace.InvalidModel',
      message: expect.stringContaining('but logistic was trained with abab') as string,
    });
    await expect(measure({ ...common, metric: 'rmse' })).rejects.toThrow("'rmse' does not measure logistic");
    await expect(measure({ ...common, target: 'side' })).rejects.toThrow("has the label 'left'");
    await expect(measure({ ...common, slices: ['pay'] })).rejects.toThrow("no column 'pay' to slice by");
    const { x, side } = labelled(2, 0.1) as { x: Columns[string]; side: Columns[string] };
    const one = await storeDataset('one', { x, side, label: ['string', x[1].map(() => 'yes')] });
    for (const metric of ['auc', 'precision'])
      await expect(measure({ ...common, metric, current: one })).rejects.toThrow(
        `All 800 labels 'label' of 'one' are of one class: that says nothing of the metric '${metric}'`,
      );
    expect(await measure({ ...common, metric: 'accuracy', current: one })).toMatchObject({ rows: 800 });
  });
});
