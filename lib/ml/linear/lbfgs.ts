/** L-BFGS (Nocedal and Wright, "Numerical Optimization", 2nd ed., algorithm 7.5) with Armijo backtracking. */
import { dot } from './dot';
const MEMORY = 10;

/** What is minimised: value and gradient at a point. */
export type Objective = (weights: Float64Array) => { value: number; gradient: Float64Array };

/** @param tolerance the largest absolute gradient at which the search ends */
export function minimise(
  objective: Objective,
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
    const fall = current.value - evaluated.value;
    weights = next;
    current = evaluated;
    // Beyond this the value is rounding.
    if (fall <= Number.EPSILON * Math.max(1, Math.abs(current.value)))
      return { weights, iterations: iteration + 1 };
  }
  return { weights, iterations: maxIter };
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
