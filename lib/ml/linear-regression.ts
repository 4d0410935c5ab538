/**
 * Linear models for numbers: least squares, ridge, lasso and elastic net, with scikit-learn's objectives. Rows' weights
 * multiply their squared errors; the intercept is never penalised. Coefficients are float32, as the saved model has them.
 */
import { checkComplete, checkNumbers, checkTarget } from './check-input';
import { descend } from './linear/coordinate-descent';
import { leastSquares, ridgeSolve } from './linear/least-squares';
import type { Matrix } from './matrix';
import { rowWeights, type WeightOptions } from './sample-weight';

export interface LinearOptions extends WeightOptions {
  /** @default true */
  readonly fitIntercept?: boolean;
}

export interface ElasticNetOptions extends LinearOptions {
  /** Strength of the penalty. @default 1 */
  readonly alpha?: number;
  /** Share of the absolute penalty, from 0 to 1. @default 0.5 */
  readonly l1Ratio?: number;
  /** Sweeps over all coefficients. @default 1000 */
  readonly maxIter?: number;
  /** Largest step at the end, as a share of the largest coefficient. @default 1e-6 */
  readonly tol?: number;
}

export interface LinearRegressionModel {
  readonly algorithm: 'linear-regression' | 'ridge' | 'elastic-net';
  /** One weight per feature, then the intercept. */
  readonly coefficients: readonly number[];
  readonly iterations: number;
}

/** Minimises ‖y − Xw‖²; the shortest w where several do. */
export function fitLinearRegression(
  x: Matrix,
  y: Float64Array,
  options: LinearOptions = {},
): LinearRegressionModel {
  return solve('linear-regression', x, y, options, (columns, target) => leastSquares(columns, target));
}

/** Minimises ‖y − Xw‖² + alpha ‖w‖². @throws RangeError for dependent features with alpha 0 */
export function fitRidge(
  x: Matrix,
  y: Float64Array,
  options: LinearOptions & {
    /** @default 1 */
    readonly alpha?: number;
  } = {},
): LinearRegressionModel {
  return solve('ridge', x, y, options, (columns, target) => ridgeSolve(columns, target, options.alpha ?? 1));
}

/** Minimises ‖y − Xw‖² / 2n + alpha · l1Ratio · ‖w‖₁ + ½ alpha (1 − l1Ratio) ‖w‖²; n is the sum of the weights. */
export function fitElasticNet(
  x: Matrix,
  y: Float64Array,
  options: ElasticNetOptions = {},
): LinearRegressionModel {
  const alpha = options.alpha ?? 1;
  const ratio = options.l1Ratio ?? 0.5;
  let iterations = 0;
  const model = solve('elastic-net', x, y, options, (columns, target, total) => {
    const weights = new Float64Array(columns.length + 1);
    iterations = descend({
      columns,
      v: new Float64Array(target.length).fill(1),
      residual: Float64Array.from(target),
      weights,
      l1: alpha * ratio * total,
      l2: alpha * (1 - ratio) * total,
      fitIntercept: false,
      maxSweeps: options.maxIter ?? 1000,
      tol: options.tol ?? 1e-6,
    });
    return weights.subarray(0, columns.length);
  });
  return { ...model, iterations };
}

/** The elastic net with the absolute penalty alone. */
export function fitLasso(
  x: Matrix,
  y: Float64Array,
  options: Omit<ElasticNetOptions, 'l1Ratio'> = {},
): LinearRegressionModel {
  return fitElasticNet(x, y, { ...options, l1Ratio: 1 });
}

/** One number per row. */
export function predictLinear(model: LinearRegressionModel, x: Matrix): Float64Array {
  const result = new Float64Array(x.rows).fill(model.coefficients.at(-1) ?? 0);
  x.columns.forEach((column, f) => {
    const weight = model.coefficients[f]!;
    if (weight !== 0) for (let row = 0; row < x.rows; row++) result[row]! += weight * column[row]!;
  });
  return result;
}

/** Centres by the weighted means, scales rows by the roots of their weights, solves, and restores the intercept. */
function solve(
  algorithm: LinearRegressionModel['algorithm'],
  x: Matrix,
  y: Float64Array,
  options: LinearOptions,
  solver: (columns: readonly Float64Array[], target: Float64Array, total: number) => Float64Array,
): LinearRegressionModel {
  checkTarget(x, y);
  checkNumbers(y);
  checkComplete(x);
  const weights = rowWeights(x.rows, options);
  const total = weights?.reduce((sum, weight) => sum + weight, 0) ?? x.rows;
  const fitIntercept = options.fitIntercept ?? true;
  const mean = (values: Float64Array) => {
    let sum = 0;
    for (let row = 0; row < values.length; row++) sum += values[row]! * (weights?.[row] ?? 1);
    return fitIntercept ? sum / total : 0;
  };
  const means = x.columns.map(mean);
  const targetMean = mean(y);
  const prepare = (values: Float64Array, centre: number) =>
    values.map((value, row) => (value - centre) * (weights === undefined ? 1 : Math.sqrt(weights[row]!)));
  const solution = solver(
    x.columns.map((column, f) => prepare(column, means[f]!)),
    prepare(y, targetMean),
    total,
  );
  const intercept = means.reduce((sum, centre, f) => sum - centre * solution[f]!, targetMean);
  return { algorithm, coefficients: [...solution, intercept].map(Math.fround), iterations: 1 };
}
