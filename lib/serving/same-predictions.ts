import type { Prediction } from './model-folder';

/**
 * Whether an answer has these predictions, field by field and row by row.
 * @param tolerance by which numbers may differ; 0: bit by bit, as JSON keeps doubles as they are
 */
export function samePredictions(given: unknown, golden: readonly Prediction[], tolerance: number): boolean {
  if (!Array.isArray(given) || given.length !== golden.length) return false;
  return golden.every((wanted, row) => {
    const found = (given[row] ?? {}) as Prediction;
    const names = Object.keys(wanted);
    return (
      names.length === Object.keys(found).length &&
      names.every((name) => near(wanted[name], found[name], tolerance))
    );
  });
}

function near(a: unknown, b: unknown, tolerance: number): boolean {
  return a === b || (typeof a === 'number' && typeof b === 'number' && Math.abs(a - b) <= tolerance);
}
