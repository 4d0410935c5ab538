/** What all tasks do that bring a dataset from outside. */
import { InvalidDataset } from '../lib/data/invalid-dataset';
import { readConnection } from '../lib/connections/read-connection';
import type { ConnectionUser } from '../lib/connections/user';
import { Skipped } from '../lib/model/errors';
import type { TaskContext } from '../lib/runtime/task-context';
import type { DatasetRef } from '../lib/tasks/dataset';
import { storeDataset, type MadeFile } from './made-dataset';

/** Reads the connection of the input, which the definition granted. */
export function connectionUser(context: TaskContext): ConnectionUser {
  return {
    connection: readConnection,
    onEnd: (close) => context.onEnd(close),
    signal: context.signal,
  };
}

export async function storeIngested(
  context: TaskContext,
  input: { readonly name: string; readonly whenEmpty: 'fail' | 'skip' | 'write' },
  made: MadeFile,
  source: string,
  how: NonNullable<DatasetRef['made']>,
): Promise<DatasetRef> {
  if (made.rows === 0 && input.whenEmpty !== 'write') throw emptyError(input.whenEmpty, source);
  return storeDataset(context, input.name, made, how);
}

export function emptyError(whenEmpty: 'fail' | 'skip', source: string): Error {
  return whenEmpty === 'skip'
    ? new Skipped(`${source} has no new rows.`)
    : new InvalidDataset(`${source} has no rows. Say whenEmpty: 'skip' or 'write' if that may be.`);
}
