/** Numeric features, column by column; every column has `rows` values. */
export interface Matrix {
  readonly rows: number;
  readonly columns: readonly Float64Array[];
  readonly names: readonly string[];
}

export function takeRows(matrix: Matrix, rows: readonly number[]): Matrix {
  return {
    rows: rows.length,
    names: matrix.names,
    columns: matrix.columns.map((column) => Float64Array.from(rows, (row) => column[row] ?? Number.NaN)),
  };
}

/** Values of some rows, by their numbers. */
export function takeValues(values: ArrayLike<number>, rows: ArrayLike<number>): Float64Array {
  const taken = new Float64Array(rows.length);
  for (let i = 0; i < taken.length; i++) taken[i] = values[rows[i]!]!;
  return taken;
}
