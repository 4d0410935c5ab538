/** Features as tables, for the tasks that fit and apply preprocessing. */
import type { z } from 'zod';
import { InvalidDataset } from '../lib/data/invalid-dataset';
import type { Table } from '../lib/data/read-parquet';
import type { Matrix } from '../lib/ml/matrix';
import type { ColumnStep } from '../lib/ml/preprocessing/column-transformer';
import { didYouMean } from '../lib/model/suggest';
import type { featureStep } from '../lib/tasks/fit-features';

export function allRows(rows: number): number[] {
  return Array.from({ length: rows }, (_, row) => row);
}

/**
 * Steps as they travel, with regular expressions for their texts; columns are of the kind that the step takes.
 * @throws InvalidDataset for a text that is no regular expression
 */
export function columnSteps(steps: readonly z.output<typeof featureStep>[]): ColumnStep[] {
  return steps.map((step) => {
    const { columns } = step;
    if (columns === undefined || Array.isArray(columns)) return step as ColumnStep;
    const own = step.kind === 'texts' || step.kind === 'dates' ? 'text' : 'number';
    const { kind = own, matching, except } = columns;
    const selector = {
      kind,
      ...(matching === undefined ? {} : { matching: expressionOf(matching) }),
      ...(except === undefined ? {} : { except }),
    };
    return { ...step, columns: selector } as ColumnStep;
  });
}

function expressionOf(text: string): RegExp {
  try {
    return new RegExp(text, 'u');
  } catch (cause) {
    throw new InvalidDataset(`'${text}' is no regular expression: ${(cause as Error).message}`, { cause });
  }
}

/** Columns of the source that are kept, then the features; NaN is a missing value. @throws InvalidDataset */
export function featureTable(features: Matrix, source: Table, keep: readonly string[]): Table {
  const kept = keep.map((name) => {
    const column = source.columns.find((one) => one.name === name);
    if (column !== undefined) return column;
    const names = source.columns.map((one) => one.name);
    throw new InvalidDataset(
      `There is no column '${name}'. ${didYouMean(name, names)}Columns: ${names.join(', ')}.`,
    );
  });
  return {
    rows: features.rows,
    columns: [
      ...kept,
      ...features.names.map((name, i) => ({
        name,
        type: 'number' as const,
        values: Array.from(features.columns[i] ?? [], (value) => (Number.isNaN(value) ? null : value)),
      })),
    ],
  };
}
