/**
 * What flows between the nodes of a graph: a matrix column by column. A column of one row counts for all rows, so that a
 * constant vector is a row of such columns; a constant matrix [n, k] is k columns of n.
 */
export type Column = Float64Array;
export type Texts = readonly (string | null)[];

export interface Numbers {
  readonly kind: 'numbers';
  readonly columns: readonly Column[];
  /** Known before there are rows. */
  readonly constant: boolean;
}

export interface TextValue {
  readonly kind: 'texts';
  readonly columns: readonly Texts[];
  readonly constant: boolean;
}

export type Value = Numbers | TextValue;

export const numbersValue = (columns: readonly Column[], constant = false): Numbers => ({
  kind: 'numbers',
  columns,
  constant,
});

export const textsValue = (columns: readonly Texts[], constant = false): TextValue => ({
  kind: 'texts',
  columns,
  constant,
});

/** @param dims of the tensor; none for a single number */
export function constantOf(dims: readonly number[], data: readonly number[] | readonly string[]): Value {
  const width = dims.length === 0 ? 1 : (dims.at(-1) ?? 1);
  const rows = dims.length < 2 ? 1 : dims.slice(0, -1).reduce((a, b) => a * b, 1);
  if (typeof data[0] === 'string')
    return textsValue(
      Array.from({ length: width }, (_, c) =>
        Array.from({ length: rows }, (_row, row) => data[row * width + c] as string),
      ),
      true,
    );
  return numbersValue(
    Array.from({ length: width }, (_, c) =>
      Float64Array.from({ length: rows }, (_row, row) => data[row * width + c] as number),
    ),
    true,
  );
}

export function rowsOf(value: Value): number {
  return value.columns[0]?.length ?? 0;
}

/** Value by value; what has one column or one row counts for all of them. */
export function elementwise(a: Numbers, b: Numbers, apply: (left: number, right: number) => number): Numbers {
  const width = Math.max(a.columns.length, b.columns.length);
  const columns = Array.from({ length: width }, (_, f) => {
    const left = a.columns[a.columns.length === 1 ? 0 : f]!;
    const right = b.columns[b.columns.length === 1 ? 0 : f]!;
    const rows = Math.max(left.length, right.length);
    const result = new Float64Array(rows);
    const one = left.length === 1;
    const other = right.length === 1;
    for (let row = 0; row < rows; row++) result[row] = apply(left[one ? 0 : row]!, right[other ? 0 : row]!);
    return result;
  });
  return numbersValue(columns, a.constant && b.constant);
}

export function mapped({ columns, constant }: Numbers, apply: (value: number) => number): Numbers {
  return numbersValue(
    columns.map((column) => {
      const result = new Float64Array(column.length);
      for (let row = 0; row < result.length; row++) result[row] = apply(column[row]!);
      return result;
    }),
    constant,
  );
}
