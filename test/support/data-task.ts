/** Handlers of data tasks called in this process, on the local cloud. */
import { s3Client } from '../../lib/aws/clients/s3';
import { ObjectStore } from '../../lib/aws/object-store';
import { resourceNames } from '../../lib/aws/environment';
import { readParquet, type Cell } from '../../lib/data/read-parquet';
import type { TaskEvent } from '../../lib/model/envelope';
import type { Json } from '../../lib/model/json';
import type { DatasetRef } from '../../lib/tasks/dataset';
import { lambdaContext, taskEvent, type TaskEventProps } from './task-event';

type Handler = (event: TaskEvent, context: ReturnType<typeof lambdaContext>) => Promise<unknown>;

let runs = 0;

/** Runs a task once, in a run of its own unless one is named. @returns its output */
export async function runTask<Output>(
  handler: Handler,
  input: object,
  props: Omit<TaskEventProps, 'input'> & { readonly run?: Partial<TaskEvent['run']> } = {},
): Promise<Output> {
  const { run, ...rest } = props;
  const event = taskEvent({ task: 'task', runId: `data-run-${++runs}`, ...rest, input: input as Json });
  const answer = await handler({ ...event, run: { ...event.run, ...run } }, lambdaContext());
  // A large output lies beside the state.
  const [stored] = await objects().list(`executions/${event.run.id}/${event.task}/`);
  return stored === undefined
    ? (answer as { readonly out: Output }).out
    : await objects().getJson<Output>(stored.key);
}

export function objects(): ObjectStore {
  return new ObjectStore(s3Client(), resourceNames().bucket);
}

/** Values by column. */
export async function valuesOf(dataset: DatasetRef): Promise<Record<string, readonly Cell[]>> {
  const table = await readParquet(await objects().getBytes(dataset.uri), dataset.columns);
  return Object.fromEntries(table.columns.map(({ name, values }) => [name, values]));
}
