/** Which columns a step takes. */
import { InvalidDataset } from '../../data/invalid-dataset';
import type { RawColumn } from '../raw-column';

export type ColumnSelector =
  /** These, in this order. */
  | readonly string[]
  | {
      /** @default both */
      readonly kind?: RawColumn['kind'];
      /** Part of the name. @default any */
      readonly matching?: RegExp;
      readonly except?: readonly string[];
    };

/** @throws InvalidDataset when a named column is missing */
export function selectColumns(columns: readonly RawColumn[], selector: ColumnSelector): RawColumn[] {
  if (isNames(selector))
    return selector.map((name) => {
      const found = columns.find((column) => column.name === name);
      if (found === undefined)
        throw new InvalidDataset(
          `There is no column '${name}'; columns: ${columns.map((column) => column.name).join(', ')}.`,
        );
      return found;
    });
  return columns.filter(
    ({ name, kind }) =>
      (selector.kind === undefined || selector.kind === kind) &&
      (selector.matching === undefined || selector.matching.test(name)) &&
      selector.except?.includes(name) !== true,
  );
}

function isNames(selector: ColumnSelector): selector is readonly string[] {
  return Array.isArray(selector);
}
