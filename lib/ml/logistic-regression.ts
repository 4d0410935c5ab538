/**
 * Logistic regression, scikit-learn's objective: C · Σ wᵢ · log lossᵢ + l1Ratio · ‖w‖₁ + ½ (1 − l1Ratio) ‖w‖², the
 * intercept unpenalised; softmax for more than two classes. A smooth penalty is minimised by L-BFGS, one with an
 * absolute part by Newton steps solved by coordinate descent (J. Friedman et al., JSS 33, 2010, section 3).
 */
import { checkClasses, checkComplete, checkTarget } from './check-input';
import { withKernel, type Kernel } from './kernel/kernel';
import { descend } from './linear/coordinate-descent';
import { dot } from './linear/dot';
import { minimise, type Objective } from './linear/lbfgs';
import { logisticObjective } from './linear/logistic-objective';
import type { Matrix } from './matrix';
import { probabilitiesOf } from './probabilities';
import { classRowWeights, type ClassWeightOptions } from './sample-weight';

export interface LogisticRegressionOptions extends ClassWeightOptions {
  /** Inverse of the penalty's strength. @default 1 */
  readonly c?: number;
  /** @default 100 */
  readonly maxIter?: number;
  /**
   * Ends when the largest gradient of the mean loss is at most this; with an absolute penalty when the largest step is
   * at most this share of the largest coefficient. @default 1e-4
   */
  readonly tol?: number;
  /** @default 'l2' */
  readonly penalty?: 'l2' | 'l1' | 'elasticnet' | 'none';
  /** Of 'elasticnet': share of the absolute penalty, 0 to 1. @default 0.5 */
  readonly l1Ratio?: number;
  /** Coefficients of a model of the same features and classes to begin at (scikit-learn's `warm_start`). @default 0 each */
  readonly warmStart?: LogisticRegressionModel['coefficients'] | undefined;
}

export interface LogisticRegressionModel {
  readonly algorithm: 'logistic-regression';
  /** Per output: weights of the features, then the intercept. Float32 values. */
  readonly coefficients: readonly (readonly number[])[];
  readonly classes: number;
  readonly iterations: number;
}

/** @param y class numbers from 0, one per row @throws RangeError for input or weights that do not fit */
export function fitLogisticRegression(
  x: Matrix,
  y: Int32Array,
  classes: number,
  options: LogisticRegressionOptions = {},
): LogisticRegressionModel {
  checkTarget(x, y);
  checkClasses(y, classes);
  const outputs = classes === 2 ? 1 : classes;
  const width = x.columns.length + 1;
  const { c = 1, maxIter = 100, tol = 1e-4, penalty = 'l2' } = options;
  const weights = classRowWeights(y, classes, options)?.map((w) => w * c);
  const penalties = {
    l1: penalty === 'l1' ? 1 : penalty === 'elasticnet' ? (options.l1Ratio ?? 0.5) : 0,
    l2: penalty === 'l2' ? 1 : penalty === 'elasticnet' ? 1 - (options.l1Ratio ?? 0.5) : 0,
  };
  const tolerance = tol * (weights?.reduce((sum, w) => sum + w, 0) ?? c * x.rows);
  const start = startOf(options.warmStart, outputs, width);
  const solution = withKernel(1, (kernel) => {
    if (outputs === 1 && penalties.l1 === 0)
      return minimise(logisticObjective(kernel, x, y, weights ?? c, penalties.l2), start, maxIter, tolerance);
    checkComplete(x);
    const weight = weights ?? new Float64Array(x.rows).fill(c);
    const of = { x, y, outputs, weight, ...penalties };
    const loss = outputs === 1 ? logisticLoss(kernel, y, weight) : softmaxLoss(y, weight, outputs);
    return of.l1 === 0
      ? minimise(smoothObjective({ ...of, loss }), start, maxIter, tolerance)
      : newton({ ...of, loss }, start, maxIter, tol);
  });
  return {
    algorithm: 'logistic-regression',
    coefficients: Array.from({ length: outputs }, (_, output) =>
      [...solution.weights.subarray(output * width, (output + 1) * width)].map(Math.fround),
    ),
    classes,
    iterations: solution.iterations,
  };
}

/** @throws RangeError when the coefficients are of other features or classes */
function startOf(
  coefficients: LogisticRegressionOptions['warmStart'],
  outputs: number,
  width: number,
): Float64Array {
  if (coefficients === undefined) return new Float64Array(outputs * width);
  if (coefficients.length !== outputs || coefficients.some((row) => row.length !== width))
    throw new RangeError(
      `The model to start from has ${coefficients.length} × ${coefficients[0]?.length ?? 0} coefficients; ${outputs} × ${width} are needed.`,
    );
  return Float64Array.from(coefficients.flat());
}

/** Probability of each class for each row: one array of rows per class. */
export function predictLogistic(model: LogisticRegressionModel, x: Matrix): Float64Array[] {
  return probabilitiesOf(
    rawScores(x, Float64Array.from(model.coefficients.flat()), model.coefficients.length),
  );
}

interface Problem {
  readonly x: Matrix;
  readonly y: Int32Array;
  readonly outputs: number;
  /** C times the row's weight. */
  readonly weight: Float64Array;
  readonly l1: number;
  readonly l2: number;
  readonly loss: Loss;
}

interface Loss {
  /** Of each output, for raw scores. */
  readonly raw: readonly Float64Array[];
  /** Turns raw scores into weighted residuals p − y, in place; returns the weighted loss. */
  residuals(): number;
}

function smoothObjective({ x, l2, loss }: Problem): Objective {
  const width = x.columns.length + 1;
  return (weights) => {
    writeScores(x, weights, loss.raw);
    const gradient = new Float64Array(weights.length);
    let value = loss.residuals();
    loss.raw.forEach((residual, output) => {
      const offset = output * width;
      x.columns.forEach((column, f) => {
        const w = weights[offset + f]!;
        gradient[offset + f] = dot(residual, column) + l2 * w;
        value += 0.5 * l2 * w * w;
      });
      let sum = 0;
      for (let row = 0; row < residual.length; row++) sum += residual[row]!;
      gradient[offset + width - 1] = sum;
    });
    return { value, gradient };
  };
}

/** Of two classes, whose one output is that of the second. */
function logisticLoss(kernel: Kernel, y: Int32Array, weight: Float64Array): Loss {
  const rows = y.length;
  // One more of each: the kernel goes two by two.
  const [scores, labels, weights] = [
    kernel.doubles(rows + 1),
    kernel.doubles(rows + 1),
    kernel.doubles(rows + 1),
  ];
  scores.view.fill(0);
  labels.view.set(y);
  weights.view.set(weight);
  weights.view[rows] = 0;
  return {
    raw: [scores.view.subarray(0, rows)],
    residuals: () => kernel.call.logisticResiduals(scores.at, labels.at, weights.at, rows),
  };
}

function softmaxLoss(y: Int32Array, weight: Float64Array, outputs: number): Loss {
  const raw = Array.from({ length: outputs }, () => new Float64Array(y.length));
  const residuals = () => {
    let value = 0;
    for (let row = 0; row < y.length; row++) {
      let highest = Number.NEGATIVE_INFINITY;
      for (const scores of raw) highest = Math.max(highest, scores[row]!);
      const own = raw[y[row]!]![row]! - highest;
      let sum = 0;
      for (const scores of raw) sum += scores[row] = Math.exp(scores[row]! - highest);
      const w = weight[row]!;
      value += w * (Math.log(sum) - own);
      raw.forEach((scores, c) => (scores[row] = w * (scores[row]! / sum - (y[row] === c ? 1 : 0))));
    }
    return value;
  };
  return { raw, residuals };
}

/** One class after the other: a quadratic model of the loss, minimised with the penalty, then as much of the step as helps. */
function newton(
  problem: Problem,
  weights: Float64Array,
  maxIter: number,
  tol: number,
): { weights: Float64Array; iterations: number } {
  const { x, y, outputs, weight, l1, l2, loss } = problem;
  const width = x.columns.length + 1;
  const total = (at: Float64Array): number => {
    writeScores(x, at, loss.raw);
    let value = loss.residuals();
    for (let i = 0; i < at.length; i++)
      if ((i + 1) % width !== 0) value += l1 * Math.abs(at[i]!) + 0.5 * l2 * at[i]! * at[i]!;
    return value;
  };
  let current = total(weights);
  for (let iteration = 1; iteration <= maxIter; iteration++) {
    let largestStep = 0;
    let largest = 0;
    for (let output = 0; output < outputs; output++) {
      const positive = outputs === 1 ? 1 : output;
      const p = probabilitiesOf(rawScores(x, weights, outputs))[positive]!;
      const v = p.map((value, row) => Math.max(value * (1 - value), 1e-10) * weight[row]!);
      const residual = p.map(
        (value, row) => ((y[row] === positive ? 1 : 0) - value) / Math.max(value * (1 - value), 1e-10),
      );
      const before = weights.slice(output * width, (output + 1) * width);
      const target = before.slice();
      descend({
        columns: x.columns,
        v,
        residual,
        weights: target,
        l1,
        l2,
        fitIntercept: true,
        maxSweeps: 1000,
        tol: tol / 10,
      });
      for (let length = 1; length > 1e-6; length /= 2) {
        const next = weights.slice();
        for (let i = 0; i < width; i++)
          next[output * width + i] = before[i]! + length * (target[i]! - before[i]!);
        const value = total(next);
        if (value > current + 1e-12 * Math.abs(current)) continue;
        for (let i = 0; i < width; i++)
          largestStep = Math.max(largestStep, Math.abs(next[output * width + i]! - before[i]!));
        weights = next;
        current = value;
        break;
      }
    }
    for (const w of weights) largest = Math.max(largest, Math.abs(w));
    if (largestStep <= tol * largest) return { weights, iterations: iteration };
  }
  return { weights, iterations: maxIter };
}

function rawScores(x: Matrix, weights: Float64Array, outputs: number): Float64Array[] {
  const raw = Array.from({ length: outputs }, () => new Float64Array(x.rows));
  writeScores(x, weights, raw);
  return raw;
}

function writeScores({ columns }: Matrix, weights: Float64Array, raw: readonly Float64Array[]): void {
  const width = columns.length + 1;
  raw.forEach((scores, output) => {
    const offset = output * width;
    scores.fill(weights[offset + width - 1]!);
    // A weight of 0 says nothing of its column, whatever it holds.
    const used = columns.map((_, f) => f).filter((f) => weights[offset + f] !== 0);
    for (let i = 0; i + 1 < used.length; i += 2) {
      const [a, b] = [used[i]!, used[i + 1]!];
      addTwo(scores, columns[a]!, weights[offset + a]!, columns[b]!, weights[offset + b]!);
    }
    if (used.length % 2 === 1) {
      const last = used.at(-1)!;
      addScaled(scores, columns[last]!, weights[offset + last]!);
    }
  });
}

function addScaled(target: Float64Array, column: Float64Array, factor: number): void {
  for (let row = 0; row < target.length; row++) target[row]! += factor * column[row]!;
}

/** Two columns at once, for half of the ways to the target. */
function addTwo(
  target: Float64Array,
  a: Float64Array,
  factorA: number,
  b: Float64Array,
  factorB: number,
): void {
  for (let row = 0; row < target.length; row++)
    target[row] = target[row]! + factorA * a[row]! + factorB * b[row]!;
}
