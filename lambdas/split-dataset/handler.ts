import { InvalidDataset } from '../../lib/data/invalid-dataset';
import { readParquet, type Cell, type Table } from '../../lib/data/read-parquet';
import { takeRows } from '../../lib/data/take-rows';
import { writeParquet } from '../../lib/data/write-parquet';
import {
  groupKFold,
  groupTrainTestSplit,
  kFold,
  repeated,
  stratifiedKFold,
  timeSeriesSplit,
} from '../../lib/ml/cross-validation';
import { orderedSplit, trainTestSplit, type Split } from '../../lib/ml/split';
import { didYouMean } from '../../lib/model/suggest';
import { taskHandler } from '../../lib/runtime/task-handler';
import type { InputOf } from '../../lib/tasks/contract';
import type { DatasetRef } from '../../lib/tasks/dataset';
import { splitDataset } from '../../lib/tasks/split-dataset';

export const handler = taskHandler(splitDataset, async ({ dataset, method, seed }, { objects, run }) => {
  const table = await readParquet(await objects.getBytes(dataset.uri), dataset.columns);
  const parts = splitsOf(table, method, seed, dataset);
  const store = async (part: string, rows: readonly number[]): Promise<DatasetRef> => {
    const name = `${dataset.name}-${part}`;
    const bytes = writeParquet(takeRows(table, rows));
    // The hash of the whole and the part name the object: a retry writes the same.
    const key = `datasets/${run.pipeline}/${name}/${dataset.sha256.slice(0, 16)}-${seed}-${methodKey(method)}.parquet`;
    const stored = await objects.putBytes(key, bytes);
    return {
      ...stored,
      name,
      format: 'parquet',
      rows: rows.length,
      columns: dataset.columns,
      made: { by: splitDataset.name, from: [dataset.uri] },
    };
  };
  const splits: { train: DatasetRef; test: DatasetRef }[] = [];
  for (const [i, { train, test }] of parts.entries()) {
    const fold = parts.length === 1 ? '' : `-${i + 1}`;
    splits.push({ train: await store(`train${fold}`, train), test: await store(`test${fold}`, test) });
  }
  const [first] = splits;
  if (first === undefined) throw new InvalidDataset(`Dataset '${dataset.name}' gives no split.`);
  return { ...first, splits };
});

type Method = InputOf<typeof splitDataset>['method'];

function methodKey(method: Method): string {
  return Object.values(method)
    .join('-')
    .replaceAll(/[^\w.-]/g, '_');
}

/** @throws InvalidDataset for columns that are not there, and for too few rows, classes or groups */
function splitsOf(table: Table, method: Method, seed: number, dataset: DatasetRef): Split[] {
  try {
    switch (method.kind) {
      case 'random': {
        const labels = codesOf(
          method.stratifyBy === undefined ? undefined : keysIn(table, method.stratifyBy),
          table.rows,
        );
        return [
          trainTestSplit(labels.codes, labels.count, method.testSize, seed, method.stratifyBy !== undefined),
        ];
      }
      case 'group':
        return [groupTrainTestSplit(keysIn(table, method.by), method.testSize, seed)];
      case 'time':
        return [orderedSplit(keysIn(table, method.by), method.testSize)];
      case 'time-series': {
        const order = orderOf(keysIn(table, method.by));
        const rows = (positions: readonly number[]) => positions.map((position) => order[position] ?? 0);
        return timeSeriesSplit(table.rows, { nSplits: method.folds, gap: method.gap }).map(
          ({ train, test }) => ({
            train: rows(train),
            test: rows(test),
          }),
        );
      }
      case 'k-fold': {
        const { folds: nSplits, repeats, groupBy, stratifyBy } = method;
        if (groupBy !== undefined) {
          if (repeats > 1 || stratifyBy !== undefined)
            throw new InvalidDataset(
              'Folds of groups are neither repeated nor stratified: they do not follow from a seed.',
            );
          return groupKFold(keysIn(table, groupBy), { nSplits });
        }
        const labels = stratifyBy === undefined ? undefined : codesOf(keysIn(table, stratifyBy), table.rows);
        return repeated(
          (own) =>
            labels === undefined
              ? kFold(table.rows, { nSplits, seed: own })
              : stratifiedKFold(labels.codes, { nSplits, seed: own }),
          repeats,
          seed,
        );
      }
    }
  } catch (error) {
    if (!(error instanceof RangeError) && !(error instanceof InvalidDataset)) throw error;
    throw new InvalidDataset(
      `Dataset '${dataset.name}' cannot be split: ${error.message} It is ${dataset.uri}.`,
      { cause: error },
    );
  }
}

/** @throws InvalidDataset when the column is not there or has gaps */
function keysIn(table: Table, name: string): (string | number)[] {
  const column = table.columns.find((one) => one.name === name);
  if (column === undefined) {
    const names = table.columns.map((one) => one.name);
    throw new InvalidDataset(
      `There is no column '${name}'. ${didYouMean(name, names)}Columns: ${names.join(', ')}.`,
    );
  }
  return column.values.map((value: Cell, row) => {
    if (value === null) throw new InvalidDataset(`The column '${name}' is missing in row ${row + 1}.`);
    return typeof value === 'boolean' ? String(value) : value;
  });
}

/** Values as numbers from 0, in their own order. */
function codesOf(
  keys: readonly (string | number)[] | undefined,
  rows: number,
): { readonly codes: Int32Array; readonly count: number } {
  if (keys === undefined) return { codes: new Int32Array(rows), count: 1 };
  const values = [...new Set(keys)].sort((a, b) => (a < b ? -1 : 1));
  const codes = new Map(values.map((value, i) => [value, i]));
  return { codes: Int32Array.from(keys, (key) => codes.get(key) ?? 0), count: values.length };
}

function orderOf(keys: readonly (string | number)[]): number[] {
  const at = (row: number) => keys[row] ?? '';
  return keys.map((_, row) => row).sort((a, b) => (at(a) < at(b) ? -1 : at(a) > at(b) ? 1 : a - b));
}
