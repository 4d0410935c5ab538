/**
 * Logistic regression with an L2 penalty, scikit-learn's objective: C · Σ log loss + ½‖w‖², the intercept unpenalised.
 * Minimised by L-BFGS (Nocedal and Wright, "Numerical Optimization", 2nd ed., algorithm 7.5) with Armijo backtracking.
 */
import { probabilitiesOf } from './gradient-boosting';
import type { Matrix } from './matrix';

export interface LogisticRegressionOptions {
  readonly c: number;
  readonly maxIter: number;
  readonly tol: number;
}

export interface LogisticRegressionModel {
  readonly algorithm: 'logistic-regression';
  /** Per output: weights of the features, then the intercept. Float32 values. */
  readonly coefficients: readonly (readonly number[])[];
  readonly classes: number;
  readonly iterations: number;
}

export function fitLogisticRegression(
  x: Matrix,
  y: Int32Array,
  classes: number,
  options: LogisticRegressionOptions,
): LogisticRegressionModel {
  const outputs = classes === 2 ? 1 : classes;
  const width = x.columns.length + 1;
  const objective = (weights: Float64Array): { value: number; gradient: Float64Array } => {
    const probabilities = probabilitiesOf(rawScores(x, weights, outputs));
    const gradient = new Float64Array(weights.length);
    let value = 0;
    for (let row = 0; row < x.rows; row++)
      value -= Math.log(Math.max(probabilities[y[row] ?? 0]?.[row] ?? 0, 1e-300));
    value *= options.c;
    for (let output = 0; output < outputs; output++) {
      const positive = outputs === 1 ? 1 : output;
      const residual = Float64Array.from(
        probabilities[positive] ?? [],
        (p, row) => p - (y[row] === positive ? 1 : 0),
      );
      const offset = output * width;
      x.columns.forEach((column, f) => {
        let sum = 0;
        for (let row = 0; row < x.rows; row++) sum += (residual[row] ?? 0) * (column[row] ?? 0);
        const weight = weights[offset + f] ?? 0;
        gradient[offset + f] = options.c * sum + weight;
        value += 0.5 * weight * weight;
      });
      gradient[offset + width - 1] = options.c * residual.reduce((sum, r) => sum + r, 0);
    }
    return { value, gradient };
  };
  const { weights, iterations } = minimise(
    objective,
    new Float64Array(outputs * width),
    options.maxIter,
    options.tol * options.c,
  );
  return {
    algorithm: 'logistic-regression',
    coefficients: Array.from({ length: outputs }, (_, output) =>
      [...weights.subarray(output * width, (output + 1) * width)].map(Math.fround),
    ),
    classes,
    iterations,
  };
}

export function predictLogistic(model: LogisticRegressionModel, x: Matrix): Float64Array[] {
  return probabilitiesOf(
    rawScores(x, Float64Array.from(model.coefficients.flat()), model.coefficients.length),
  );
}

function rawScores(x: Matrix, weights: Float64Array, outputs: number): Float64Array[] {
  const width = x.columns.length + 1;
  return Array.from({ length: outputs }, (_, output) => {
    const offset = output * width;
    const scores = new Float64Array(x.rows).fill(weights[offset + width - 1] ?? 0);
    x.columns.forEach((column, f) => {
      const weight = weights[offset + f] ?? 0;
      if (weight !== 0)
        for (let row = 0; row < x.rows; row++) scores[row] = (scores[row] ?? 0) + weight * (column[row] ?? 0);
    });
    return scores;
  });
}

const MEMORY = 10;

function minimise(
  objective: (w: Float64Array) => { value: number; gradient: Float64Array },
  start: Float64Array,
  maxIter: number,
  tolerance: number,
): { weights: Float64Array; iterations: number } {
  let weights = start;
  let current = objective(weights);
  const steps: { s: Float64Array; y: Float64Array; rho: number }[] = [];
  for (let iteration = 0; iteration < maxIter; iteration++) {
    if (current.gradient.every((g) => Math.abs(g) <= tolerance)) return { weights, iterations: iteration };
    const direction = Float64Array.from(current.gradient);
    const alphas: number[] = [];
    for (let i = steps.length - 1; i >= 0; i--) {
      const step = steps[i];
      if (step === undefined) continue;
      const alpha = step.rho * dot(step.s, direction);
      alphas[i] = alpha;
      add(direction, step.y, -alpha);
    }
    const last = steps.at(-1);
    if (last !== undefined) scale(direction, dot(last.s, last.y) / dot(last.y, last.y));
    steps.forEach((step, i) => add(direction, step.s, (alphas[i] ?? 0) - step.rho * dot(step.y, direction)));
    scale(direction, -1);
    const slope = dot(current.gradient, direction);
    let length = steps.length === 0 ? Math.min(1, 1 / Math.sqrt(dot(current.gradient, current.gradient))) : 1;
    let next = step(weights, direction, length);
    let evaluated = objective(next);
    while (evaluated.value > current.value + 1e-4 * length * slope) {
      length /= 2;
      if (length < 1e-12) return { weights, iterations: iteration };
      next = step(weights, direction, length);
      evaluated = objective(next);
    }
    const s = difference(next, weights);
    const y = difference(evaluated.gradient, current.gradient);
    const curvature = dot(s, y);
    if (curvature > 1e-10) {
      steps.push({ s, y, rho: 1 / curvature });
      if (steps.length > MEMORY) steps.shift();
    }
    weights = next;
    current = evaluated;
  }
  return { weights, iterations: maxIter };
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? 0) * (b[i] ?? 0);
  return sum;
}

function add(target: Float64Array, other: Float64Array, factor: number): void {
  for (let i = 0; i < target.length; i++) target[i] = (target[i] ?? 0) + factor * (other[i] ?? 0);
}

function scale(target: Float64Array, factor: number): void {
  for (let i = 0; i < target.length; i++) target[i] = (target[i] ?? 0) * factor;
}

function difference(a: Float64Array, b: Float64Array): Float64Array {
  return Float64Array.from(a, (value, i) => value - (b[i] ?? 0));
}

function step(from: Float64Array, direction: Float64Array, length: number): Float64Array {
  return Float64Array.from(from, (value, i) => value + length * (direction[i] ?? 0));
}
