import { orchestrationTable } from '../aws/tables';
import type { Json } from '../model/json';
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
  return record === undefined ? undefined : { record, tasks: tasks.map(withResult) };
}

/** State machines write outputs as texts: they have no way to make items of them. */
function withResult(task: TaskRecord): TaskRecord {
  if (task.status !== 'success' || task.result !== undefined || task.resultText === undefined) return task;
  return { ...task, result: { status: 'success', out: JSON.parse(task.resultText) as Json } };
}
