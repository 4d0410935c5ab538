import '../support/quiet-telemetry';
import { handler as prepareFeatures } from '../../lambdas/prepare-features/handler';
import { handler as trainGradientBoosting } from '../../lambdas/train-gradient-boosting/handler';
import { handler as trainLogisticRegression } from '../../lambdas/train-logistic-regression/handler';
import { handler as trainRidge } from '../../lambdas/train-ridge/handler';
import { handler as writeModelCard } from '../../lambdas/write-model-card/handler';
import type { Json } from '../../lib/model/json';
import { loans, outputOf, readText, storeDataset, testObjects } from '../support/learned';
import { startLocalAws, type LocalAws } from '../support/local-aws';

let aws: LocalAws;
beforeAll(async () => {
  aws = await startLocalAws();
});
afterAll(async () => aws.stop());

interface Card {
  readonly report: Json;
  readonly json: Json;
  readonly metrics: Readonly<Record<string, number>>;
  readonly importances: readonly { readonly column: string; readonly mean: number }[];
  readonly threshold: number | null;
}

type Input = { readonly [name: string]: Json };
const card = (input: Input) => outputOf<Card>(writeModelCard, 'card', input);
type Prepared = { train: Json & object; test: Json & object };
const prepare = (input: Input) => outputOf<Prepared>(prepareFeatures, 'features', input);

describe('write-model-card', () => {
  it('describes a classifier of two classes', async () => {
    const dataset = await storeDataset('loans', loans(1, 700));
    const { train, test } = await prepare({
      dataset,
      target: 'outcome',
      positive: 'fails',
      exclude: ['loss'],
    });
    const { model } = await outputOf<{ model: Json & { uri: string } }>(trainGradientBoosting, 'train', {
      train,
      nEstimators: 20,
      minSamplesLeaf: 10,
      classWeight: 'balanced',
    });
    const out = await card({
      model,
      train,
      test,
      costs: { falsePositive: 1, falseNegative: 5 },
      intendedUse: 'Tests <only>.',
      limitations: 'No real loans.',
      dependence: 2,
    });
    expect(out.importances.map(({ column }) => column).slice(0, 2)).toEqual(['amount', 'town']);
    expect(out.importances).toHaveLength(3);
    expect(out.metrics['auc']).toBeGreaterThan(0.8);
    // A miss costs more than a false alarm, so few are missed.
    expect(out.threshold).toBeGreaterThan(0);
    expect(out.threshold).toBeLessThan(0.6);
    const html = await readText(out.report);
    for (const title of [
      'ROC',
      'Precision and recall',
      'Calibration',
      'Fall of auc',
      'Mean |SHAP| of the raw score',
      'amount',
      'town',
      'auc by rows learned from',
    ])
      expect(html).toContain(`aria-label="${title}"`);
    expect(html).toContain('Tests &lt;only&gt;.');
    expect(html).toContain('A false alarm'.toLowerCase());
    const json = JSON.parse(await readText(out.json)) as {
      intervals: { metric: string; value: number; low: number; high: number }[];
      learning: { rows: number; train: number; test: number }[];
      slices: { column: string; value: string; rows: number }[];
      detail: { matrix: number[][] };
      params: Record<string, string>;
      shap: { column: string; mean: number }[];
    };
    for (const { value, low, high } of json.intervals) {
      expect(low).toBeLessThanOrEqual(value);
      expect(high).toBeGreaterThanOrEqual(value);
    }
    expect(json.learning.map(({ rows }) => rows)).toEqual([56, 140, 280, 560]);
    expect(json.learning.at(-1)!.test).toBeCloseTo(out.metrics['auc']!, 6);
    expect(json.slices.map(({ column, value }) => `${column}=${value}`)).toEqual([
      'town=a',
      'town=b',
      'town=c',
    ]);
    expect(json.detail.matrix.flat().reduce((a, b) => a + b)).toBe(140);
    expect(json.shap.map(({ column }) => column)).toEqual(['amount', 'town', 'noise']);
    expect(json.params).toMatchObject({ algorithm: 'gradient-boosting', classWeight: 'balanced' });
    const uri = model.uri.replace(/model\/$/, 'model-card.html');
    expect(Buffer.from(await testObjects().getBytes(uri)).toString()).toBe(html);
  });

  it('describes three classes by one curve each, and no threshold', async () => {
    const dataset = await storeDataset('three', loans(2, 500, 3));
    const { train, test } = await prepare({ dataset, target: 'outcome', exclude: ['loss'] });
    const { model } = await outputOf<{ model: Json }>(trainLogisticRegression, 'train', { train });
    const out = await card({ model, test, costs: { falsePositive: 1, falseNegative: 1 }, dependence: 0 });
    expect(out.threshold).toBeNull();
    const html = await readText(out.report);
    expect(html).toContain('weighted average');
    expect(html).not.toContain('by rows learned from');
    expect(JSON.parse(await readText(out.json))).toMatchObject({
      detail: {
        classes: ['fails', 'late', 'pays'],
        calibration: [{ name: 'fails' }, { name: 'late' }, { name: 'pays' }],
      },
    });
  });

  it('describes a regression by its errors', async () => {
    const dataset = await storeDataset('losses', loans(3, 500));
    const { train, test } = await prepare({
      dataset,
      target: 'loss',
      problem: 'regression',
      exclude: ['outcome'],
    });
    const { model } = await outputOf<{ model: Json }>(trainRidge, 'train', { train });
    const out = await card({ model, train, test, slices: ['town', 'amount'] });
    expect(out.metrics['r2']).toBeGreaterThan(0.6);
    const html = await readText(out.report);
    for (const title of ['Predicted against actual', 'Residuals', 'Distribution of residuals', 'Fall of r2'])
      expect(html).toContain(`aria-label="${title}"`);
    expect(JSON.parse(await readText(out.json))).toMatchObject({
      learning: [{ rows: 40 }, { rows: 100 }, { rows: 200 }, { rows: 400 }],
    });
  });

  it('refuses test rows of another problem and slices that there are not', async () => {
    const dataset = await storeDataset('mixed', loans(4, 200));
    const [classes, numbers] = await Promise.all([
      prepare({ dataset, target: 'outcome', exclude: ['loss'] }),
      prepare({ dataset, target: 'loss', problem: 'regression', exclude: ['outcome'] }),
    ]);
    const { model } = await outputOf<{ model: Json }>(trainLogisticRegression, 'train', {
      train: classes.train,
    });
    await expect(card({ model, test: numbers.test })).rejects.toThrow("but 'loss' was prepared as a number");
    await expect(card({ model, test: classes.test, slices: ['pay'] })).rejects.toThrow(
      "no column 'pay' to slice by",
    );
  });
});
