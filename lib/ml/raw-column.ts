/** A column of a dataset as models take it. */
export type RawColumn =
  | {
      readonly name: string;
      readonly kind: 'number';
      /** Whole numbers only, none missing. @default false */
      readonly integer?: boolean;
      readonly values: readonly (number | null)[];
    }
  | { readonly name: string; readonly kind: 'text'; readonly values: readonly (string | null)[] };

/** Some of its rows. @param to the row behind the last @default all that are left */
export function sliceColumn(column: RawColumn, from: number, to?: number): RawColumn {
  return { ...column, values: column.values.slice(from, to) } as RawColumn;
}
