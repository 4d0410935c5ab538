/**
 * Linear models for numbers: least squares, ridge, lasso and elastic net, with scikit-learn's objectives. Rows' weights
 * multiply their squared errors; the intercept is never penalised. Coefficients are float32, as the saved model has them.
 */
import { checkComplete, checkNumbers, checkTarget } from './check-input';
import { descend, descendByGram } from './linear/coordinate-descent';
import { dot, sum } from './linear/dot';
import type { CentredColumns } from './linear/centred-blocks';
import { gramOf } from './linear/gram';
import { leastSquares, ridgeSolve } from './linear/least-squares';
import { triangleOf } from './linear/triangle';
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
  return solve('linear-regression', x, y, options, (problem) => {
    const { columns, target } = triangleOf(problem);
    return leastSquares(columns, target, x.rows);
  });
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
  return solve('ridge', x, y, options, (problem) => ridgeSolve(gramOf(problem), options.alpha ?? 1));
}

/** Features up to which all their products cost less than some sweeps through the rows. */
const MOST_PRODUCTS = 128;

/** Minimises ‖y − Xw‖² / 2n + alpha · l1Ratio · ‖w‖₁ + ½ alpha (1 − l1Ratio) ‖w‖²; n is the sum of the weights. */
export function fitElasticNet(
  x: Matrix,
  y: Float64Array,
  options: ElasticNetOptions = {},
): LinearRegressionModel {
  const alpha = options.alpha ?? 1;
  const ratio = options.l1Ratio ?? 0.5;
  let iterations = 0;
  const model = solve('elastic-net', x, y, options, (problem, total) => {
    const { columns, target, means, targetMean } = problem;
    const weights = new Float64Array(columns.length + 1);
    const limits = {
      l1: alpha * ratio * total,
      l2: alpha * (1 - ratio) * total,
      maxSweeps: options.maxIter ?? 1000,
      tol: options.tol ?? 1e-6,
    };
    const solution = weights.subarray(0, columns.length);
    if (columns.length <= Math.min(MOST_PRODUCTS, x.rows))
      iterations = descendByGram(gramOf(problem), solution, limits);
    else
      iterations = descend({
        columns: columns.map((column, f) => prepared(problem, column, means[f]!)),
        v: new Float64Array(target.length).fill(1),
        residual: prepared(problem, target, targetMean),
        weights,
        fitIntercept: false,
        ...limits,
      });
    return solution;
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
  solver: (problem: CentredColumns, total: number) => Float64Array,
): LinearRegressionModel {
  checkTarget(x, y);
  checkNumbers(y);
  const weights = rowWeights(x.rows, options);
  const total = weights === undefined ? x.rows : sum(weights);
  const fitIntercept = options.fitIntercept ?? true;
  const sumOf = (values: Float64Array) => (weights === undefined ? sum(values) : dot(values, weights));
  const sums = x.columns.map(sumOf);
  // What is no finite number makes the sum such.
  if (!sums.every(Number.isFinite)) checkComplete(x);
  const means = sums.map((value) => (fitIntercept ? value / total : 0));
  const targetMean = fitIntercept ? sumOf(y) / total : 0;
  const roots = weights?.map(Math.sqrt);
  const solution = solver({ columns: x.columns, target: y, means, targetMean, roots }, total);
  const intercept = means.reduce((rest, centre, f) => rest - centre * solution[f]!, targetMean);
  return { algorithm, coefficients: [...solution, intercept].map(Math.fround), iterations: 1 };
}

function prepared({ roots }: CentredColumns, values: Float64Array, centre: number): Float64Array {
  return values.map((value, row) => (value - centre) * (roots?.[row] ?? 1));
}
