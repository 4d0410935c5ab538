/** What the event of an execution that did not end by itself means for its logical run. May come late, twice, or never. */
import { closeRun } from './close-run';
import { readRun } from './read-run';
import { writeTaskRecord } from './task-record';

export interface ExecutionEnded {
  readonly detail: {
    readonly executionArn: string;
    readonly name: string;
    readonly status: 'FAILED' | 'TIMED_OUT' | 'ABORTED' | 'SUCCEEDED' | 'RUNNING';
    readonly stopDate?: number | null;
    readonly input?: string | null;
    readonly error?: string | null;
    readonly cause?: string | null;
  };
}

const STATUS = { FAILED: 'failed', TIMED_OUT: 'timed_out', ABORTED: 'aborted' } as const;

export async function endRunOf(event: ExecutionEnded): Promise<void> {
  const { detail } = event;
  const status = STATUS[detail.status as keyof typeof STATUS];
  if (status === undefined) return;
  const run = await readRun(runIdOf(detail));
  if (run === undefined) return;
  const endedAt = new Date(detail.stopDate ?? Date.now()).toISOString();
  const message =
    [detail.error, detail.cause].filter((part) => part != null && part !== '').join(': ') ||
    `The execution was ${detail.status.toLowerCase().replace('_', ' ')}.`;
  const closed = await closeRun(run.record, detail.executionArn, status, message, endedAt);
  if (!closed) return;
  await Promise.all(
    run.tasks
      .filter((task) => task.status === 'running')
      .map((task) =>
        writeTaskRecord(run.record.runId, {
          ...task,
          status: 'failed',
          endedAt,
          error: { name: `Millrace.Execution${detail.status === 'FAILED' ? 'Failed' : 'Stopped'}`, message },
        }),
      ),
  );
}

function runIdOf(detail: ExecutionEnded['detail']): string {
  try {
    const input: unknown = JSON.parse(detail.input ?? '{}');
    const runId = typeof input === 'object' && input !== null && 'runId' in input ? input.runId : undefined;
    if (typeof runId === 'string') return runId;
  } catch {
    // An input that is not JSON cannot have started a machine; the name decides.
  }
  const machine = detail.executionArn.split(':').at(-2) ?? '';
  return `${machine.replace(/^millrace-[a-z]+-/, '')}--manual--${detail.name}`.slice(0, 80);
}
