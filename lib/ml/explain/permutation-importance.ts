/**
 * How much worse a model does when a column's values are dealt out to other rows: L. Breiman, "Random forests", 2001,
 * section 10; scikit-learn's `permutation_importance`. Columns that say the same share their importance, so that each of
 * them may seem to say nothing.
 */
import type { RawColumn } from '../raw-column';
import { Random } from '../random';

export interface PermutationOptions {
  /** @default 5 */
  readonly repeats?: number;
  /** @default 0 */
  readonly seed?: number;
}

export interface PermutationImportance {
  readonly column: string;
  /** Mean fall of the score. */
  readonly mean: number;
  /** Population standard deviation over the repeats. */
  readonly std: number;
}

/**
 * Of raw columns, so that the features of one column go together.
 * @param score of columns of the same rows; the greater the better
 * @returns in the order of the columns
 */
export function permutationImportance(
  columns: readonly RawColumn[],
  score: (columns: readonly RawColumn[]) => number,
  options: PermutationOptions = {},
): PermutationImportance[] {
  const { repeats = 5 } = options;
  const random = new Random(options.seed ?? 0);
  const whole = score(columns);
  return columns.map((column, at) => {
    const falls = Array.from({ length: repeats }, () => {
      const order = Int32Array.from({ length: column.values.length }, (_, row) => row);
      random.shuffle(order);
      const values = Array.from(order, (row) => column.values[row]!);
      return whole - score(columns.with(at, { ...column, values } as RawColumn));
    });
    const mean = falls.reduce((sum, fall) => sum + fall, 0) / repeats;
    const variance = falls.reduce((sum, fall) => sum + (fall - mean) ** 2, 0) / repeats;
    return { column: column.name, mean, std: Math.sqrt(variance) };
  });
}
