/** The last task state: tasks that could not record their end get a record, and the run its end. */
import type { FinishEvent, FinishResult, TaskStatus } from '../model/envelope';
import { closeRun } from './close-run';
import { readRun } from './read-run';
import { settleTask, type TaskRecord } from './task-record';

export async function finishRun(event: FinishEvent): Promise<FinishResult> {
  const { run, execution } = event;
  const recorded = await readRun(run.id);
  const endedAt = new Date().toISOString();
  await Promise.all(
    Object.entries(event.tasks).map(async ([task, status]) => {
      const record = recorded?.tasks.find((candidate) => candidate.task === task);
      // A success without a record is that of a branch or a join, which no function ran.
      if (record?.status === 'success' || hasSaidSo(record, status, execution)) return;
      await settleTask(run.id, settled(task, status, event, record, endedAt));
    }),
  );
  const result = resultOf(event);
  await closeRun(
    {
      runId: run.id,
      pipeline: run.pipeline,
      startedAt: recorded?.record.startedAt ?? run.startedAt,
      context: run,
    },
    execution,
    {
      status: result.status,
      message: result.message,
      endedAt,
      toldBy: 'machine',
      ...(event.result === undefined ? {} : { result: event.result }),
    },
  );
  return result;
}

/** What a task wrote about its own end says more than what can be told from outside. */
function hasSaidSo(record: TaskRecord | undefined, status: TaskStatus, execution: string): boolean {
  return record?.status === status && record.execution === execution;
}

function settled(
  task: string,
  status: TaskStatus,
  { execution, redrive, errors = {} }: FinishEvent,
  earlier: TaskRecord | undefined,
  endedAt: string,
): TaskRecord {
  const started = earlier?.execution === execution ? earlier : undefined;
  const common = { task, status, execution, endedAt };
  if (started === undefined) {
    return {
      ...common,
      attempt: 0,
      startedAt: endedAt,
      ...(redrive === undefined ? {} : { redrive }),
      ...(status === 'failed' ? { error: saidBy(errors[task]) ?? NOT_STARTED } : {}),
    };
  }
  return {
    ...started,
    ...common,
    durationMs: Date.parse(endedAt) - Date.parse(started.startedAt),
    ...(status === 'failed' ? { error: LOST } : {}),
  };
}

function saidBy(error: NonNullable<FinishEvent['errors']>[string] | undefined): TaskRecord['error'] {
  return error === null || error === undefined
    ? undefined
    : { name: error.name, message: error.message ?? '' };
}

const LOST = {
  name: 'Millrace.TaskLost',
  message:
    'The function ended without a word: it ran out of time or memory, or its process exited. Its log says which; give the task a longer timeout or more memory.',
};

const NOT_STARTED = {
  name: 'Millrace.TaskNotStarted',
  message:
    'The function was never reached: its invocation was refused or throttled, or its input could not be computed. The history of the execution says which.',
};

/** Airflow's rule: a run fails when a leaf has failed or could not run because of a failure. */
function resultOf({ run, tasks, leaves }: FinishEvent): FinishResult {
  const failed = Object.keys(tasks).filter((task) => tasks[task] === 'failed');
  const bad = leaves.filter((leaf) => tasks[leaf] === 'failed' || tasks[leaf] === 'upstream_failed');
  if (bad.length === 0) {
    const aside =
      failed.length === 0 ? '' : ` Failed on the way, without harm to the end: ${failed.join(', ')}.`;
    return { status: 'success', failed, message: `${run.pipeline} reached all of its ends.${aside}` };
  }
  const where = failed.length === 0 ? `an end (${bad.join(', ')})` : failed.join(', ');
  return {
    status: 'failed',
    failed,
    message: `${run.pipeline} failed at ${where}. Errors: millrace show ${run.id}. Logs: millrace logs ${run.id}.`,
  };
}
