/**
 * Small things that a task keeps from one attempt to the next, and from one run to the next: a cursor, a mark of water, the
 * id of a job outside.
 *
 * 1. A value is written only over what this attempt has read: of two at once the second is told, and tries again.
 * 2. It belongs to one task of one pipeline; of a map, to one item.
 */
import { NEW } from '../aws/dynamo-table';
import { orchestrationTable } from '../aws/tables';
import type { TaskEvent } from '../model/envelope';
import { DoNotRetry, MillraceError } from '../model/errors';
import type { Json } from '../model/json';
import { taskStateKey } from '../orchestration/keys';

/** Another attempt or run of the task has changed its state since it was read. */
export class StateChanged extends MillraceError {
  override readonly name = 'Millrace.StateChanged';
}

/** More than a task may keep in its state. */
export class StateTooLarge extends DoNotRetry {
  override readonly name = 'Millrace.StateTooLarge';
}

export const MAX_STATE_BYTES = 16 * 1024;

export interface TaskState {
  /** Nothing when there is no value yet. */
  get<T extends Json>(key: string): Promise<T | undefined>;
  /** @param value null forgets it @throws StateChanged, StateTooLarge */
  set(key: string, value: Json): Promise<void>;
}

interface Stored {
  readonly value: Json;
  readonly version: number;
}

export function taskState({ run, task }: Pick<TaskEvent, 'run' | 'task'>): TaskState {
  const versions = new Map<string, number>();
  const read = async (key: string): Promise<Stored | undefined> => {
    const stored = await orchestrationTable().get<Stored>(taskStateKey(run.pipeline, task, key));
    versions.set(key, stored?.version ?? 0);
    return stored;
  };
  return {
    get: async <T extends Json>(key: string) => ((await read(key))?.value ?? undefined) as T | undefined,
    set: async (key, value) => {
      const bytes = Buffer.byteLength(JSON.stringify(value));
      if (bytes > MAX_STATE_BYTES)
        throw new StateTooLarge(
          `The state '${key}' of task '${task}' of ${run.pipeline} would have ${bytes} bytes; ${MAX_STATE_BYTES} are allowed. Put what is larger into the data bucket, and its key into the state.`,
        );
      if (!versions.has(key)) await read(key);
      const version = versions.get(key) ?? 0;
      const unchanged =
        version === 0
          ? NEW
          : {
              ConditionExpression: '#version = :version',
              ExpressionAttributeNames: { '#version': 'version' },
              ExpressionAttributeValues: { ':version': version },
            };
      const item = {
        ...taskStateKey(run.pipeline, task, key),
        value,
        version: version + 1,
        run: run.id,
        changedAt: new Date().toISOString(),
      };
      if (!(await orchestrationTable().put(item, unchanged)))
        throw new StateChanged(
          `The state '${key}' of task '${task}' of ${run.pipeline} was changed by another attempt or run since this one read it. Nothing was written; a retry reads it anew.`,
        );
      versions.set(key, version + 1);
    },
  };
}
