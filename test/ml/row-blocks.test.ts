import { withKernel } from '../../lib/ml/kernel/kernel';
import { descend, descendByGram } from '../../lib/ml/linear/coordinate-descent';
import { gramOf } from '../../lib/ml/linear/gram';
import { logisticObjective } from '../../lib/ml/linear/logistic-objective';
import { triangleOf } from '../../lib/ml/linear/triangle';
import { fitLasso, fitLinearRegression, fitRidge } from '../../lib/ml/linear-regression';
import { fitLogisticRegression } from '../../lib/ml/logistic-regression';
import { Random } from '../../lib/ml/random';

/** Within a block, over some of them, with and without an odd row at the end, and many features. */
const SHAPES = [
  [1, 1],
  [7, 3],
  [513, 21],
  [6144, 21],
  [6151, 21],
  [1000, 400],
] as const;

function matrix(rows: number, features: number) {
  const random = new Random(rows + features);
  const columns = Array.from({ length: features }, (_, f) =>
    Float64Array.from({ length: rows }, () => random.uniform() * 2 + f),
  );
  const weights = Float64Array.from({ length: rows }, () => random.below(3));
  const labels = Int32Array.from({ length: rows }, () => random.below(2));
  return { x: { rows, columns, names: columns.map((_, f) => `f${f}`) }, weights, labels };
}

it.each(SHAPES)('sums the logistic loss of %i rows × %i and its gradient over blocks', (rows, features) => {
  const { x, weights, labels } = matrix(rows, features);
  const at = Float64Array.from({ length: features + 1 }, (_, f) => ((f % 5) - 2) / (features + 3));
  for (const rowWeights of [weights, 0.5] as const) {
    const own = (row: number) => (typeof rowWeights === 'number' ? rowWeights : rowWeights[row]!);
    let value = 0;
    const gradient = new Float64Array(features + 1);
    for (let row = 0; row < rows; row++) {
      const score = x.columns.reduce((sum, column, f) => sum + at[f]! * column[row]!, at[features]!);
      value += own(row) * (Math.log1p(Math.exp(score)) - labels[row]! * score);
      const residual = own(row) * (1 / (1 + Math.exp(-score)) - labels[row]!);
      for (let f = 0; f <= features; f++) gradient[f]! += residual * (x.columns[f]?.[row] ?? 1);
    }
    at.subarray(0, features).forEach((w, f) => {
      value += 0.5 * 0.3 * w * w;
      gradient[f]! += 0.3 * w;
    });
    const found = withKernel(1, (kernel) => logisticObjective(kernel, x, labels, rowWeights, 0.3)(at));
    const size = rows * (features + 1);
    expect(Math.abs(found.value - value) / size).toBeLessThan(1e-13);
    found.gradient.forEach((g, f) => expect(Math.abs(g - gradient[f]!) / size).toBeLessThan(1e-13));
  }
});

it.each(SHAPES.slice(0, 5))('sums the products of %i rows × %i over blocks', (rows, features) => {
  const { x, weights, labels } = matrix(rows, features);
  const target = Float64Array.from(labels, (label) => label + 2);
  const means = x.columns.map((_, f) => f + 0.5);
  for (const roots of [undefined, weights]) {
    const product = (i: number, j: number) => {
      const value = (c: number, row: number) =>
        ((x.columns[c]?.[row] ?? target[row]!) - (means[c] ?? 2.25)) * (roots?.[row] ?? 1);
      let sum = 0;
      for (let row = 0; row < rows; row++) sum += value(i, row) * value(j, row);
      return sum;
    };
    const gram = gramOf({ columns: x.columns, target, means, targetMean: 2.25, roots });
    gram.matrix.forEach((line, i) => {
      expect(line).toHaveLength(i + 1);
      line.forEach((value, j) => expect(Math.abs(value - product(i, j)) / rows).toBeLessThan(1e-12));
    });
    gram.products.forEach((value, i) =>
      expect(Math.abs(value - product(i, features)) / rows).toBeLessThan(1e-12),
    );
  }
});

it.each(SHAPES.slice(0, 5))('turns %i rows × %i into an upper factor over blocks', (rows, features) => {
  const { x, weights, labels } = matrix(rows, features);
  const target = Float64Array.from(labels, (label) => label + 2);
  const means = x.columns.map((_, f) => f + 0.5);
  for (const roots of [undefined, weights]) {
    const problem = { columns: x.columns, target, means, targetMean: 2.25, roots };
    const factor = triangleOf(problem);
    const product = (a: Float64Array, b: Float64Array) => a.reduce((sum, value, i) => sum + value * b[i]!, 0);
    const gram = gramOf(problem);
    gram.matrix.forEach((line, i) => {
      // Below the diagonal there is nothing.
      expect([...factor.columns[i]!.subarray(i + 1)].every((value) => value === 0)).toBe(true);
      line.forEach((value, j) =>
        expect(Math.abs(product(factor.columns[i]!, factor.columns[j]!) - value) / rows).toBeLessThan(1e-12),
      );
    });
    gram.products.forEach((value, i) =>
      expect(Math.abs(product(factor.columns[i]!, factor.target) - value) / rows).toBeLessThan(1e-12),
    );
  }
});

it('solves least squares through the factor of near-dependent columns, of which the products would be singular', () => {
  const random = new Random(21);
  const rows = 2000;
  const normal = Float64Array.from({ length: rows }, () => random.uniform() - 0.5);
  const near = normal.map((value) => value + 1e-6 * (random.uniform() - 0.5));
  const y = normal.map((value, row) => 3 * value - 2 * near[row]! + 1);
  const { coefficients } = fitLinearRegression({ rows, columns: [normal, near], names: ['a', 'b'] }, y);
  [3, -2, 1].forEach((value, i) => expect(Math.abs(coefficients[i]! - value)).toBeLessThan(1e-6));
});

it('descends to the same coefficients by rows and by products', () => {
  const { x, labels } = matrix(601, 9);
  const target = Float64Array.from(labels, (label, row) => label + x.columns[2]![row]! - x.columns[7]![row]!);
  const limits = { l1: 5, l2: 2, maxSweeps: 500, tol: 1e-12 };
  const rows = new Float64Array(10);
  descend({
    columns: x.columns,
    v: new Float64Array(601).fill(1),
    residual: target.slice(),
    weights: rows,
    fitIntercept: false,
    ...limits,
  });
  const products = new Float64Array(9);
  const means = x.columns.map(() => 0);
  descendByGram(
    gramOf({ columns: x.columns, target, means, targetMean: 0, roots: undefined }),
    products,
    limits,
  );
  products.forEach((w, f) => expect(Math.abs(w - rows[f]!)).toBeLessThan(1e-8));
});

it('says which value is no finite number, wherever it is', () => {
  for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])
    for (const row of [0, 3073, 6150]) {
      const { x, labels } = matrix(6151, 3);
      x.columns[1]![row] = bad;
      const said = `Feature 'f1' is ${bad} in row ${row}`;
      const y = Float64Array.from(labels);
      expect(() => fitLogisticRegression(x, labels, 2)).toThrow(said);
      const warmStart = [[0, 1, 0, 0]];
      expect(() => fitLogisticRegression(x, labels, 2, { warmStart, classWeight: [0, 1] })).toThrow(said);
      expect(() => fitRidge(x, y)).toThrow(said);
      expect(() => fitLasso(x, y)).toThrow(said);
    }
});
