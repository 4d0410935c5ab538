/** Tables as estimators take them: raw columns by kind, the target as class numbers. */
import { InvalidDataset } from '../data/invalid-dataset';
import type { RawColumn } from './raw-column';

interface Source {
  readonly columns: readonly {
    readonly name: string;
    readonly type: string;
    readonly values: readonly (string | number | boolean | null)[];
  }[];
}

export function rawColumns(table: Source, without: readonly string[]): RawColumn[] {
  return table.columns
    .filter((column) => !without.includes(column.name))
    .map((column): RawColumn =>
      column.type === 'integer' || column.type === 'number'
        ? {
            name: column.name,
            kind: 'number',
            integer: column.type === 'integer' && !column.values.includes(null),
            values: column.values.map((value) => (typeof value === 'number' ? value : null)),
          }
        : {
            name: column.name,
            kind: 'text',
            values: column.values.map((value) => (value === null ? null : String(value))),
          },
    );
}

/** @throws InvalidDataset when the column is missing, has gaps, or holds a label that is none of the classes */
export function targetOf(table: Source, target: string, classes: readonly string[]): Int32Array {
  return Int32Array.from(labelsOf(table, target), (label, row) => {
    const index = classes.indexOf(label);
    if (index < 0)
      throw new InvalidDataset(
        `Row ${row + 1} has the label '${label}' in '${target}', which is none of ${classes.join(', ')}.`,
      );
    return index;
  });
}

/** The target as numbers. @throws InvalidDataset when the column is missing, has gaps, or is no number */
export function numbersOf(table: Source, target: string): Float64Array {
  const column = columnOf(table, target);
  return Float64Array.from(column.values, (value, row) => {
    if (typeof value === 'number' && Number.isFinite(value)) return value;
    throw new InvalidDataset(
      `The target '${target}' is ${value === null ? 'missing' : `'${String(value)}'`} in row ${row + 1}; a regression needs a number. Drop such rows before.`,
    );
  });
}

/**
 * Weights of the rows, `undefined` without a column of them.
 * @throws InvalidDataset when the column is missing, holds a value that is no number of 0 or more, or zeros alone
 */
export function weightsIn(table: Source, name: string | undefined): Float64Array | undefined {
  if (name === undefined) return undefined;
  const column = columnOf(table, name, 'to weigh rows by');
  const weights = Float64Array.from(column.values, (value, row) => {
    if (typeof value === 'number' && value >= 0 && Number.isFinite(value)) return value;
    throw new InvalidDataset(
      `The weight '${name}' is ${value === null ? 'missing' : `'${String(value)}'`} in row ${row + 1}; it must be a number of 0 or more.`,
    );
  });
  if (weights.length > 0 && weights.every((weight) => weight === 0))
    throw new InvalidDataset(`The weight '${name}' is 0 in every row; there is nothing to count.`);
  return weights;
}

/** Labels of the target; two classes have the positive one last. @throws InvalidDataset */
export function classesOf(table: Source, target: string, positive: string | undefined): string[] {
  const counts = new Map<string, number>();
  for (const label of labelsOf(table, target)) counts.set(label, (counts.get(label) ?? 0) + 1);
  const classes = [...counts.keys()].sort();
  if (classes.length === 0) throw new InvalidDataset('There are no rows.');
  if (classes.length < 2)
    throw new InvalidDataset(
      `The target '${target}' has one class only (${classes.join('')}); there is nothing to tell apart. Check the source.`,
    );
  for (const [label, count] of counts)
    if (count < 2)
      throw new InvalidDataset(
        `The class '${label}' of '${target}' has ${count} row; each needs at least 2, one for each part of the split.`,
      );
  if (positive !== undefined && !classes.includes(positive))
    throw new InvalidDataset(
      `The positive class '${positive}' is not in '${target}': ${classes.join(', ')}.`,
    );
  if (classes.length !== 2) return classes;
  const last = positive ?? [...classes].sort((a, b) => (counts.get(a) ?? 0) - (counts.get(b) ?? 0))[0];
  return [...classes.filter((label) => label !== last), last ?? ''];
}

function columnOf(table: Source, target: string, use = 'to learn'): Source['columns'][number] {
  const column = table.columns.find((candidate) => candidate.name === target);
  if (column === undefined)
    throw new InvalidDataset(
      `There is no column '${target}' ${use}; columns: ${table.columns.map((c) => c.name).join(', ')}.`,
    );
  return column;
}

function labelsOf(table: Source, target: string): string[] {
  return columnOf(table, target).values.map((value, row) => {
    if (value === null)
      throw new InvalidDataset(`The target '${target}' is missing in row ${row + 1}. Drop such rows before.`);
    return String(value);
  });
}
