/** Explanations beside those of shap, scikit-learn (fixtures/make-evaluation.py) and sums over all sets of features. */
import fc from 'fast-check';
import { partialDependence } from '../../../lib/ml/explain/partial-dependence';
import { permutationImportance } from '../../../lib/ml/explain/permutation-importance';
import { modelShap, shapImportances } from '../../../lib/ml/explain/model-shap';
import { treeShap, withCover } from '../../../lib/ml/explain/tree-shap';
import { fitGradientBoosting, fitGradientBoostingRegressor } from '../../../lib/ml/gradient-boosting';
import { fitRidge } from '../../../lib/ml/linear-regression';
import { predictLogistic } from '../../../lib/ml/logistic-regression';
import type { Matrix } from '../../../lib/ml/matrix';
import { onnxTreeShap } from '../../../lib/ml/onnx/explain';
import { exportRegressorOnnx } from '../../../lib/ml/onnx/export';
import { fitPreprocessor, transform } from '../../../lib/ml/preprocessor';
import type { RawColumn } from '../../../lib/ml/raw-column';
import { Random } from '../../../lib/ml/random';
import { fitRandomForest } from '../../../lib/ml/random-forest';
import { predictProba } from '../../../lib/ml/model';
import { goesLeft, type Tree } from '../../../lib/ml/trees/tree';
import fixture from '../fixtures/evaluation.json';

const matrix = (columns: readonly (readonly number[])[]): Matrix => ({
  rows: columns[0]?.length ?? 0,
  columns: columns.map((column) => Float64Array.from(column)),
  names: columns.map((_, f) => `x${f}`),
});

function treeOf(nodes: (typeof fixture.forest.trees)[number], outputs: number): Tree {
  const zeros = new Uint8Array(nodes.left.length);
  return { ...nodes, outputs, equals: zeros, missingLeft: zeros, gain: zeros };
}

const near = (got: number, expected: number, tolerance = 1e-9) =>
  expect(Math.abs(got - expected)).toBeLessThan(tolerance);

describe('TreeSHAP', () => {
  it('gives what shap gives for a forest of three classes', () => {
    const { trees, expected, values } = fixture.forest;
    const got = treeShap(
      trees.map((tree) => treeOf(tree, 3)),
      matrix(fixture.x),
      3,
    );
    expected.forEach((value, k) => near(got.expected[k]! / trees.length, value));
    values.forEach((columns, k) =>
      columns.forEach((column, f) =>
        column.forEach((value, row) => near(got.values[k]![f]![row]! / trees.length, value)),
      ),
    );
  });

  it('gives what shap gives for boosted trees', () => {
    const { trees, expected, base, values } = fixture.boosted;
    const got = treeShap(
      trees.map((tree) => treeOf(tree, 1)),
      matrix(fixture.x),
      1,
    );
    near(got.expected[0]! + base, expected);
    values.forEach((column, f) => column.forEach((value, row) => near(got.values[0]![f]![row]!, value)));
  });

  /** Mean leaf when only the features of `known` are known. */
  function expectation(tree: Tree, x: Matrix, row: number, known: ReadonlySet<number>, node = 0): number {
    if (tree.left[node] === 0) return tree.value[node]!;
    const f = tree.feature[node]!;
    const go = (child: number) => expectation(tree, x, row, known, child);
    if (known.has(f))
      return go(goesLeft(tree, node, x.columns[f]![row]!) ? tree.left[node]! : tree.right[node]!);
    const right = tree.cover[tree.right[node]!]! / tree.cover[node]!;
    return (1 - right) * go(tree.left[node]!) + right * go(tree.right[node]!);
  }

  /** L. Shapley, 1953: the mean over all orders, as a sum over all sets. */
  function bruteForce(tree: Tree, x: Matrix, row: number): number[] {
    const features = x.columns.length;
    const factorial = (n: number): number => (n < 2 ? 1 : n * factorial(n - 1));
    return x.columns.map((_, f) => {
      let sum = 0;
      for (let mask = 0; mask < 1 << features; mask++) {
        if ((mask >> f) % 2 === 1) continue;
        const set = x.columns.flatMap((_column, i) => ((mask >> i) % 2 === 1 ? [i] : []));
        const weight = (factorial(set.length) * factorial(features - set.length - 1)) / factorial(features);
        sum +=
          weight *
          (expectation(tree, x, row, new Set([...set, f])) - expectation(tree, x, row, new Set(set)));
      }
      return sum;
    });
  }

  it('is the sum over all sets of features, with missing values and sets of categories', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1000 }), (seed) => {
        const random = new Random(seed);
        const draw = () => (random.uniform() < 0.1 ? Number.NaN : Math.round(random.uniform() * 20) / 4);
        const columns = [draw, draw, draw, () => random.below(6)].map((one) =>
          Array.from({ length: 80 }, one),
        );
        const x = matrix(columns);
        const y = Float64Array.from(
          columns[0]!,
          (value, row) => (value || 0) * columns[1]![row]! || columns[3]![row]! % 3,
        );
        const model = fitGradientBoostingRegressor(x, y, {
          nEstimators: 2,
          maxLeafNodes: 9,
          minSamplesLeaf: 3,
          categoricalFeatures: ['x3'],
          learningRate: 1,
        });
        for (const tree of model.trees.flat()) {
          const { values } = treeShap([tree], x, 1);
          for (const row of [0, 17, 42])
            bruteForce(tree, x, row).forEach((value, f) => near(values[0]![f]![row]!, value, 1e-8));
        }
      }),
      { numRuns: 25 },
    );
  });

  it('sums to what the model predicts', () => {
    const random = new Random(5);
    const x = matrix(Array.from({ length: 5 }, () => Array.from({ length: 200 }, () => random.uniform())));
    const y = Int32Array.from(x.columns[0]!, (value, row) =>
      Math.floor((value + x.columns[1]![row]!) * 1.49),
    );
    const forest = fitRandomForest(x, y, 3, { nEstimators: 5, seed: 1 });
    const shap = modelShap(forest, x);
    const probabilities = predictProba(forest, x);
    for (let k = 0; k < 3; k++)
      for (const row of [0, 50, 199])
        near(
          shap.values[k]!.reduce((sum, column) => sum + column[row]!, shap.expected[k]!),
          probabilities[k]![row]!,
          1e-7,
        );
    const boosted = fitGradientBoosting(
      x,
      y.map((label) => Number(label > 0)),
      2,
      { nEstimators: 10 },
    );
    const raw = modelShap(boosted, x);
    const margin = raw.values[0]!.reduce((sum, column) => sum + column[7]!, raw.expected[0]!);
    near(1 / (1 + Math.exp(-margin)), predictProba(boosted, x)[1]![7]!, 1e-7);
    const importances = shapImportances(raw);
    expect(Math.min(importances[0]!, importances[1]!)).toBeGreaterThan(Math.max(...importances.slice(2)));
  });

  it('of a tree from a file counts its rows anew, or refuses', () => {
    const random = new Random(2);
    const x = matrix(Array.from({ length: 3 }, () => Array.from({ length: 100 }, () => random.uniform())));
    const [tree] = fitRandomForest(
      x,
      Int32Array.from(x.columns[0]!, (value) => Number(value > 0.4)),
      2,
      {
        nEstimators: 1,
        bootstrap: false,
      },
    ).trees;
    const bare = { ...tree!, cover: new Float64Array(tree!.cover.length) };
    expect(() => treeShap([bare], x, 2)).toThrow('withCover');
    expect(withCover(bare, x).cover).toEqual(Float64Array.from(tree!.cover));
  });
});

it('TreeSHAP of a saved model is that of the model, by rows like those it learned from', () => {
  const random = new Random(9);
  const columns = ['a', 'b'].map((name): RawColumn => ({
    name,
    kind: 'number',
    values: Array.from({ length: 150 }, () => random.uniform()),
  }));
  const rows = Array.from({ length: 150 }, (_, row) => row);
  const state = fitPreprocessor(columns, rows);
  const x = transform(state, columns, rows);
  const y = Float64Array.from(x.columns[0]!, (value, row) => value * 3 + x.columns[1]![row]! ** 2);
  const model = fitGradientBoostingRegressor(x, y, { nEstimators: 8, minSamplesLeaf: 5 });
  const saved = onnxTreeShap(exportRegressorOnnx(state, model), columns, columns)!;
  const own = modelShap(model, x);
  near(saved.expected[0]!, own.expected[0]!, 1e-6);
  own.values[0]!.forEach((column, f) =>
    column.forEach((value, row) => near(saved.values[0]![f]![row]!, value, 1e-6)),
  );
  const linear = exportRegressorOnnx(state, fitRidge(x, y));
  expect(onnxTreeShap(linear, columns, columns)).toBeUndefined();
});

const raw = (columns: readonly (readonly number[])[]): RawColumn[] =>
  columns.map((values, f) => ({ name: `x${f}`, kind: 'number', values }));
const dense = (columns: readonly RawColumn[]) => matrix(columns.map((column) => column.values as number[]));

describe('partial dependence', () => {
  const { coefficients, all, grid, mean } = fixture.logistic;
  const predict = (columns: readonly RawColumn[]) =>
    predictLogistic(
      { algorithm: 'logistic-regression', coefficients: [coefficients], classes: 2, iterations: 1 },
      dense(columns),
    );

  it('is scikit-learn’s', () => {
    const points = partialDependence(raw(all), 'x1', predict, { gridSize: 9 });
    points.forEach(({ value, mean: got }, i) => {
      near(Number(value), grid[i]!);
      near(got[1]!, mean[i]!);
    });
    expect(points).toHaveLength(grid.length);
  });

  it('varies texts by how frequent they are, few numbers as they are, and refuses a column without values', () => {
    const columns: RawColumn[] = [
      { name: 'town', kind: 'text', values: ['b', 'a', 'b', null, 'c'] },
      { name: 'n', kind: 'number', values: [2, 1, null, 2, 1] },
      { name: 'none', kind: 'number', values: [null, null, null, null, null] },
    ];
    const count = ([town]: readonly RawColumn[]) => [
      Float64Array.from([...town!.values], (value) => Number(value === 'b')),
    ];
    expect(partialDependence(columns, 'town', count, { maxTexts: 2 })).toEqual([
      { value: 'b', mean: [1] },
      { value: 'a', mean: [0] },
    ]);
    expect(partialDependence(columns, 'n', count).map(({ value }) => value)).toEqual([1, 2]);
    expect(() => partialDependence(columns, 'none', count)).toThrow("Column 'none' has no value");
    expect(() => partialDependence(columns, 'pay', count)).toThrow("no column 'pay'; columns: town, n, none");
  });
});

describe('permutation importance', () => {
  it('is what the score loses, and 0 for a column that the model does not read', () => {
    const values = Array.from({ length: 400 }, (_, i) => i % 20);
    const score = ([a]: readonly RawColumn[]) =>
      values.filter((value, row) => value === a!.values[row]).length / values.length;
    const [used, unused] = permutationImportance(raw([values, values]), score, { seed: 3 });
    // One of twenty values is met by chance.
    near(used!.mean, 0.95, 0.03);
    expect(used!.std).toBeGreaterThan(0);
    expect(unused).toEqual({ column: 'x1', mean: 0, std: 0 });
    expect(permutationImportance(raw([values, values]), score, { seed: 3 })[0]).toEqual(used);
  });
});
