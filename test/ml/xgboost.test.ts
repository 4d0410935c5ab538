/** XGBoost's JSON models: theirs beside what XGBoost predicts (fixtures/make-xgboost.py), ours there and back. */
import {
  fitGradientBoosting,
  fitGradientBoostingRegressor,
  predictBoosting,
  predictBoostingRegressor,
} from '../../lib/ml/gradient-boosting';
import type { Matrix } from '../../lib/ml/matrix';
import { Random } from '../../lib/ml/random';
import { exportXgboost } from '../../lib/ml/xgboost/export';
import { importXgboost } from '../../lib/ml/xgboost/import';
import fixture from './fixtures/xgboost-models.json';

type Boosted = ReturnType<typeof importXgboost>['model'];
const predicted = (model: Boosted, x: Matrix): readonly Float64Array[] =>
  model.algorithm === 'gradient-boosting' ? predictBoosting(model, x) : [predictBoostingRegressor(model, x)];

describe('a model of XGBoost', () => {
  const x: Matrix = {
    rows: 10,
    names: ['a', 'b', 'c'],
    columns: fixture.x.map((column) => Float64Array.from(column, (value) => value ?? Number.NaN)),
  };

  it.each(fixture.cases)('$objective predicts as there, also missing values', ({ model: file, expected }) => {
    const { model, features } = importXgboost(JSON.stringify(file));
    expect(features).toEqual(['a', 'b', 'c']);
    const got = predicted(model, x);
    // Of two classes XGBoost gives the second's probability.
    const ours = expected.length === 1 ? got.slice(-1) : got;
    expected.forEach((column, c) =>
      column.forEach((value, row) =>
        expect(Math.abs(ours[c]![row]! - value)).toBeLessThan(2e-6 * Math.max(1, Math.abs(value))),
      ),
    );
  });

  it('that is none, or damaged, is refused by name', () => {
    const [first] = fixture.cases;
    const changed = (change: (file: (typeof fixture.cases)[number]['model']) => void) => {
      const copy = structuredClone(first!.model);
      change(copy);
      return () => importXgboost(JSON.stringify(copy));
    };
    const named = (message: string) =>
      expect.objectContaining({
        name: 'Millrace.InvalidModel',
        message: expect.stringContaining(message) as string,
      }) as Error;
    expect(() => importXgboost('{"learner":')).toThrow(named('is no JSON'));
    expect(() => importXgboost('{}')).toThrow(named("no learner with a 'gbtree' booster"));
    expect(changed((file) => (file.learner.objective.name = 'rank:ndcg'))).toThrow(
      named("The objective 'rank:ndcg'"),
    );
    expect(changed((file) => file.learner.gradient_booster.model.trees.pop())).toThrow(
      named('3 trees for 1 outputs'),
    );
    expect(changed((file) => (file.learner.gradient_booster.model.trees[0]!.left_children[0] = 0))).toThrow(
      named('Node 0 of tree 0'),
    );
  });
});

describe('our model as XGBoost JSON', () => {
  const random = new Random(3);
  const column = () =>
    Float64Array.from({ length: 300 }, () => (random.uniform() < 0.1 ? Number.NaN : random.uniform()));
  const x: Matrix = { rows: 300, names: ['a', 'b'], columns: [column(), column()] };
  const value = (row: number) => (x.columns[0]![row]! || 0) + (x.columns[1]![row]! || 0.3);
  const rows = Array.from({ length: 300 }, (_, row) => row);
  const labels = (classes: number) =>
    Int32Array.from(rows, (row) => Math.min(classes - 1, Math.floor(value(row) * classes * 0.6)));
  const numbers = Float64Array.from(rows, (row) => 5 * value(row));

  it.each<[string, () => Boosted]>([
    ['two classes', () => fitGradientBoosting(x, labels(2), 2, { nEstimators: 6 })],
    ['three classes', () => fitGradientBoosting(x, labels(3), 3, { nEstimators: 4 })],
    ['numbers', () => fitGradientBoostingRegressor(x, numbers, { nEstimators: 6 })],
    ['counts', () => fitGradientBoostingRegressor(x, numbers, { nEstimators: 6, loss: 'poisson' })],
  ])('of %s comes back as it was', (_what, fit) => {
    const model = fit();
    const text = exportXgboost(model, x.names);
    expect(JSON.parse(text)).toMatchObject({
      learner: { feature_names: ['a', 'b'], learner_model_param: { num_feature: '2' } },
    });
    // Whole numbers are written as floats: XGBoost's reader tells the two apart.
    expect(text).toMatch(/"base_weights":\[0\.0,/);
    const back = predicted(importXgboost(text).model, x);
    predicted(model, x).forEach((wanted, c) =>
      wanted.forEach((one, row) =>
        expect(Math.abs(back[c]![row]! - one)).toBeLessThan(1e-5 * Math.max(1, Math.abs(one))),
      ),
    );
  });

  it('refuses splits by sets of categories', () => {
    const codes: Matrix = {
      rows: 300,
      names: ['code'],
      columns: [Float64Array.from(rows, (row) => row % 5)],
    };
    const model = fitGradientBoostingRegressor(
      codes,
      Float64Array.from(rows, (row) => (row % 5) ** 2),
      { nEstimators: 2, categoricalFeatures: ['code'] },
    );
    expect(() => exportXgboost(model, ['code'])).toThrow('Save the model as ONNX');
  });
});
