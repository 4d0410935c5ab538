import { orchestrationTable } from '../aws/tables';
import { runKey, tasksOf } from './keys';
import type { RunRecord } from './run-record';
import type { TaskRecord } from './task-record';

export interface RecordedRun {
  readonly record: RunRecord;
  /** By task id. */
  readonly tasks: readonly TaskRecord[];
}

/** A logical run with the records of its tasks; `undefined` when there is none. */
export async function readRun(runId: string): Promise<RecordedRun | undefined> {
  const table = orchestrationTable();
  const [record, tasks] = await Promise.all([
    table.get<RunRecord>(runKey(runId)),
    table.query<TaskRecord>(tasksOf(runId)),
  ]);
  return record === undefined ? undefined : { record, tasks };
}
