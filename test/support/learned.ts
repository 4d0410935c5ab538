/** Datasets in the bucket of the test, and what tasks make of them one after another. */
import { s3Client } from '../../lib/aws/clients/s3';
import { ObjectStore } from '../../lib/aws/object-store';
import type { Cell } from '../../lib/data/read-parquet';
import { writeParquet } from '../../lib/data/write-parquet';
import { Random } from '../../lib/ml/random';
import type { TaskEvent, TaskResult } from '../../lib/model/envelope';
import type { Json } from '../../lib/model/json';
import type { ColumnType, DatasetRef } from '../../lib/tasks/dataset';
import { lambdaContext, taskEvent } from './task-event';
import type { Context } from 'aws-lambda';

export type Columns = Readonly<Record<string, readonly [ColumnType, readonly Cell[]]>>;
export type Dataset = DatasetRef & { readonly [name: string]: Json };

export const testObjects = () => new ObjectStore(s3Client(), 'millrace-test-data');

export async function storeDataset(name: string, columns: Columns): Promise<Dataset> {
  const table = {
    rows: Object.values(columns)[0]?.[1].length ?? 0,
    columns: Object.entries(columns).map(([column, [type, values]]) => ({ name: column, type, values })),
  };
  const { versionId: _version, ...object } = await testObjects().putBytes(
    `datasets/credit-risk/${name}/x.parquet`,
    writeParquet(table),
  );
  return {
    ...object,
    name,
    format: 'parquet',
    rows: table.rows,
    columns: table.columns.map((column) => ({ name: column.name, type: column.type })),
  };
}

export async function readText(ref: unknown): Promise<string> {
  return Buffer.from(await testObjects().getBytes((ref as { uri: string }).uri)).toString();
}

let invocations = 0;

/** What a task returns, in an execution of its own. */
export async function outputOf<Out>(
  handler: (event: TaskEvent, context: Context) => Promise<TaskResult>,
  task: string,
  input: { readonly [name: string]: Json },
): Promise<Out> {
  const nth = ++invocations;
  const event = taskEvent({
    task,
    runId: `run-${nth}`,
    execution: `arn:aws:states:us-east-1:000000000000:execution:x:${nth}`,
    input,
  });
  return (await handler(event, lambdaContext())).out as Out;
}

/** About a normal draw: mean 0, deviation 1. */
export function bell(random: Random): number {
  let sum = -6;
  for (let i = 0; i < 12; i++) sum += random.uniform();
  return sum;
}

/**
 * Rows of loans: the share that fails grows with `amount` and in the town 'c'; `noise` says nothing. `classes` of 3 has
 * 'late' between.
 */
export function loans(seed: number, rows: number, classes: 2 | 3 = 2): Columns {
  const random = new Random(seed);
  const amount = Array.from({ length: rows }, () => bell(random));
  const town = Array.from({ length: rows }, () => ['a', 'b', 'c'][random.below(3)]!);
  const risk = amount.map((value, row) => value + (town[row] === 'c' ? 1 : 0) + bell(random) * 0.7);
  return {
    amount: ['number', amount],
    town: ['string', town],
    noise: ['number', amount.map(() => (random.uniform() < 0.05 ? null : random.uniform()))],
    outcome: [
      'string',
      risk.map((value) => (value > 1 ? 'fails' : classes === 3 && value > 0 ? 'late' : 'pays')),
    ],
    loss: ['number', risk.map((value) => 100 * value)],
  };
}
