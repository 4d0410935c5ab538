/**
 * What a model predicts on the mean when a column has one value in all rows: J. Friedman, "Greedy function
 * approximation", 2001, section 8.2; scikit-learn's `partial_dependence(method='brute')`.
 */
import type { RawColumn } from '../raw-column';

export interface PartialDependenceOptions {
  /** Values of a column of numbers: evenly between two quantiles, or all different ones when they are fewer. @default 20 */
  readonly gridSize?: number;
  /** @default [0.05, 0.95] */
  readonly percentiles?: readonly [number, number];
  /** The most frequent texts. @default 20 */
  readonly maxTexts?: number;
}

export interface DependencePoint {
  readonly value: number | string;
  /** Mean prediction, per output. */
  readonly mean: readonly number[];
}

/**
 * @param predict of columns of the same rows: one array of rows per output
 * @throws RangeError when there is no such column, or no value in it
 */
export function partialDependence(
  columns: readonly RawColumn[],
  name: string,
  predict: (columns: readonly RawColumn[]) => readonly Float64Array[],
  options: PartialDependenceOptions = {},
): DependencePoint[] {
  const at = columns.findIndex((column) => column.name === name);
  const column = columns[at];
  if (column === undefined)
    throw new RangeError(
      `There is no column '${name}'; columns: ${columns.map((one) => one.name).join(', ')}.`,
    );
  const grid =
    column.kind === 'number' ? numberGrid(column.values, options) : textGrid(column.values, options);
  if (grid.length === 0) throw new RangeError(`Column '${name}' has no value to vary.`);
  return grid.map((value) => {
    const values = new Array<number | string>(column.values.length).fill(value);
    const outputs = predict(columns.with(at, { ...column, values } as RawColumn));
    return {
      value,
      mean: outputs.map((rows) => rows.reduce((sum, one) => sum + one, 0) / rows.length),
    };
  });
}

function numberGrid(values: readonly (number | null)[], options: PartialDependenceOptions): number[] {
  const { gridSize = 20, percentiles = [0.05, 0.95] } = options;
  const sorted = Float64Array.from(values.filter((value) => value !== null)).sort();
  const distinct = [...new Set(sorted)];
  if (distinct.length <= gridSize) return distinct;
  const low = approximateQuantile(sorted, percentiles[0]);
  const high = approximateQuantile(sorted, percentiles[1]);
  if (low === high) return [low];
  return Array.from({ length: gridSize }, (_, i) => low + ((high - low) * i) / (gridSize - 1));
}

function textGrid(values: readonly (string | null)[], options: PartialDependenceOptions): string[] {
  const counts = new Map<string, number>();
  for (const value of values) if (value !== null) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts.keys()]
    .sort((a, b) => counts.get(b)! - counts.get(a)! || (a < b ? -1 : 1))
    .slice(0, options.maxTexts ?? 20);
}

/** C. Cunnane, Journal of Hydrology 37, 1978: what scikit-learn puts the ends of the grid at. */
function approximateQuantile(sorted: Float64Array, p: number): number {
  const at = sorted.length * p + 0.4 + 0.2 * p;
  const below = Math.floor(Math.min(Math.max(at, 1), Math.max(1, sorted.length - 1)));
  const share = Math.min(1, Math.max(0, at - below));
  return (1 - share) * sorted[below - 1]! + share * (sorted[below] ?? sorted[below - 1]!);
}
