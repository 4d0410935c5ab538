/** What people do to a run beside starting it: cancel it, or say how a task of it ended. */
import { StopExecutionCommand } from '@aws-sdk/client-sfn';
import { sfnClient } from '../aws/clients/sfn';
import { orchestrationTable } from '../aws/tables';
import type { Json } from '../model/json';
import { recordAudit } from './audit';
import { taskKey } from './keys';
import { dequeueRun } from './launch-run';
import type { Place } from './place';
import { readQueue } from './queue';
import { readRun } from './read-run';
import { endedRun, NotRerunnable } from './rerun';

interface Who {
  readonly by: string;
  readonly why?: string;
}

/** Stops a run that is going on, or takes it out of the queue. */
export async function cancelRun(
  runId: string,
  pipeline: string | undefined,
  who: Who,
  place: Place,
): Promise<'stopped' | 'dequeued'> {
  const run = await readRun(runId);
  const of = pipeline ?? run?.record.pipeline;
  const queued = of === undefined ? [] : (await readQueue(of)).filter((one) => one.runId === runId);
  for (const one of queued) await dequeueRun(one);
  if (run?.record.status !== 'running') {
    if (queued.length === 0)
      throw new NotRerunnable(`The run ${runId} is neither going on nor waiting. See: millrace runs`);
    await recordAudit(runId, { action: 'cancel', ...who }, place);
    return 'dequeued';
  }
  await recordAudit(runId, { action: 'cancel', ...who }, place);
  await sfnClient().send(
    new StopExecutionCommand({
      executionArn: run.record.execution,
      error: 'Millrace.Cancelled',
      cause: `Cancelled by ${who.by}${who.why === undefined ? '' : `: ${who.why}`}`.slice(0, 32_768),
    }),
  );
  return 'stopped';
}

/**
 * Says how a task of a run that has ended is to count from now on. A task marked as success does not run in a rerun; who
 * reads its output gets what is given here.
 */
export async function markTask(
  runId: string,
  task: string,
  mark: { readonly status: 'success' | 'failed'; readonly out?: Json },
  who: Who,
  place: Place,
): Promise<void> {
  const { record, tasks } = await endedRun(runId);
  const known = tasks.find((one) => one.task === task);
  if (known === undefined)
    throw new NotRerunnable(
      `The run ${runId} has no task '${task}'. It has: ${tasks.map((one) => one.task).join(', ')}.`,
    );
  const at = place.now().toISOString();
  const { error: _error, result: _result, ...kept } = known;
  await orchestrationTable().put({
    ...taskKey(runId, task),
    ...kept,
    status: mark.status,
    endedAt: at,
    execution: record.execution,
    ...(mark.status === 'success'
      ? { result: { status: 'success', out: mark.out ?? null } }
      : { error: { name: 'Millrace.MarkedFailed', message: `Marked by ${who.by}` } }),
  });
  await recordAudit(runId, { action: 'mark', ...who, details: { task, status: mark.status } }, place);
}
