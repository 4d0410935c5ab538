/**
 * What the event of an execution that did not end by itself means for its logical run. The event may come late or twice;
 * it counts only while the run is going on and belongs to that execution.
 */
import { resourceNames } from '../aws/environment';
import { closeRun } from './close-run';
import { readRun, type RecordedRun } from './read-run';
import { isRunId, manualRunId } from './run-id';
import { settleTask } from './task-record';

/** EventBridge: `Step Functions Execution Status Change`. */
export interface ExecutionEnded {
  readonly detail: {
    readonly executionArn: string;
    readonly stateMachineArn?: string;
    readonly name: string;
    readonly status: 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED' | 'PENDING_REDRIVE';
    /** Milliseconds since 1970. */
    readonly stopDate?: number | null;
    /** JSON; left out by Step Functions when it is large. */
    readonly input?: string | null;
    readonly error?: string | null;
    readonly cause?: string | null;
  };
}

const ENDS = {
  FAILED: { status: 'failed', error: 'Millrace.ExecutionFailed', words: 'failed' },
  TIMED_OUT: { status: 'timed_out', error: 'Millrace.ExecutionTimedOut', words: 'timed out' },
  ABORTED: { status: 'aborted', error: 'Millrace.ExecutionAborted', words: 'was aborted' },
} as const;

export async function endRunOf({ detail }: ExecutionEnded): Promise<void> {
  const end = ENDS[detail.status as keyof typeof ENDS];
  if (end === undefined) return;
  const run = await ownedRunOf(detail);
  if (run?.record.status !== 'running') return;
  const endedAt = new Date(detail.stopDate ?? Date.now()).toISOString();
  const why = [detail.error, detail.cause].filter((part) => (part ?? '') !== '').join(': ');
  const message = `The execution ${end.words}${why === '' ? '.' : `: ${why}`}`;
  await Promise.all(
    run.tasks
      .filter((task) => task.status === 'running' && task.execution === detail.executionArn)
      .map((task) =>
        settleTask(run.record.runId, {
          ...task,
          status: 'failed',
          endedAt,
          durationMs: Date.parse(endedAt) - Date.parse(task.startedAt),
          error: { name: end.error, message },
        }),
      ),
  );
  await closeRun(run.record, detail.executionArn, {
    status: end.status,
    message,
    endedAt,
    toldBy: 'event',
  });
}

/** The run that the execution owns, whatever has become of it. */
export async function ownedRunOf(detail: ExecutionEnded['detail']): Promise<RecordedRun | undefined> {
  for (const runId of runIdsOf(detail)) {
    const run = await readRun(runId);
    if (run?.record.execution === detail.executionArn) return run;
  }
  return undefined;
}

/** Machines are named `millrace-<stage>-<pipeline>`. */
export function pipelineOf(detail: Pick<ExecutionEnded['detail'], 'executionArn'>): string {
  const machine = detail.executionArn.split(':').at(-2) ?? '';
  return machine.replace(`millrace-${resourceNames().stage}-`, '');
}

/** What the id may be, the surest first: the input says so, the launcher names executions by it, or it was made of the name. */
function runIdsOf(detail: ExecutionEnded['detail']): string[] {
  const pipeline = pipelineOf(detail);
  const said = runIdIn(detail.input);
  return [
    ...new Set([...(said === undefined ? [] : [said]), detail.name, manualRunId(pipeline, detail.name)]),
  ].filter(isRunId);
}

function runIdIn(input: string | null | undefined): string | undefined {
  try {
    const parsed = JSON.parse(input ?? '{}') as { runId?: unknown } | null;
    return typeof parsed?.runId === 'string' ? parsed.runId : undefined;
  } catch {
    // Cut off by Step Functions because of its size.
    return undefined;
  }
}
