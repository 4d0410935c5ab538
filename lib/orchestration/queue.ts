/**
 * Runs that are to start. Every run goes through the queue: it is written down, then admitted when there is a slot, when
 * the pipeline is not paused, and when the run before it has succeeded if the pipeline depends on its past.
 *
 * 1. A run leaves the queue after its execution has been started; whoever is killed between taking the slot and that
 *    finds both, and starting the same execution again starts nothing twice.
 * 2. Admission asks again whenever a run ends, is queued, or a pipeline is resumed, and hourly.
 */
import { StartExecutionCommand } from '@aws-sdk/client-sfn';
import { sfnClient } from '../aws/clients/sfn';
import { orchestrationTable } from '../aws/tables';
import type { ExecutionInput } from '../model/envelope';
import type { Policy } from '../model/schedule';
import { readDeployed } from './deployed-pipelines';
import { datesOf, queueKey, queueOf } from './keys';
import { startArnOf } from './live-machine';
import { machineOf } from './machine-of';
import type { Place } from './place';
import { readState } from './pipeline-state';
import { hasDate } from './run-record';
import { readBackfill, type BackfillRecord } from './backfill-record';
import { changeSlots, type Holder } from './slots';

export interface QueuedRun {
  readonly runId: string;
  readonly pipeline: string;
  /** Name of the execution. */
  readonly execution: string;
  readonly logicalDate: string;
  readonly input: ExecutionInput & { readonly runId: string };
  /** ISO instant. */
  readonly queuedAt: string;
  readonly backfill?: string;
  /** Version of the machine. @default the live one */
  readonly version?: number;
}

/** Item of a queued run. */
export function queueItem(run: QueuedRun) {
  return { ...queueKey(run.pipeline, run.logicalDate, run.runId), ...run };
}

export async function readQueue(pipeline: string): Promise<QueuedRun[]> {
  return orchestrationTable().query<QueuedRun>(queueOf(pipeline));
}

/** Starts what may start. Returns the ids of the runs that were started. */
export async function admit(pipeline: string, place: Place): Promise<string[]> {
  const queue = await readQueue(pipeline);
  if (queue.length === 0) return [];
  const machineArn = machineOf(pipeline, place);
  const { policy } = await readDeployed(machineArn, pipeline);
  const { paused = false } = await readState(pipeline);
  const started: string[] = [];
  // Of the runs that depend on their past only the oldest may start.
  let dated = false;
  const backfills = new Map<string, BackfillRecord | undefined>();
  const full = new Set<string>();
  for (const run of queue) {
    // Of a backfill that has its share thousands may wait.
    if (run.backfill !== undefined && full.has(run.backfill)) continue;
    if (run.backfill !== undefined && !backfills.has(run.backfill))
      backfills.set(run.backfill, await readBackfill(pipeline, run.backfill));
    const backfill = run.backfill === undefined ? undefined : backfills.get(run.backfill);
    if (backfill === undefined ? paused : hasEnded(backfill)) continue;
    if (policy.dependsOnPast && isDated(run)) {
      if (dated) continue;
      dated = true;
      if (!(await pastSucceeded(run))) continue;
    }
    const slot = await takeSlot(run, policy, backfill?.maxActive, machineArn, place);
    if (slot === 'full') break;
    if (slot === 'limited' && run.backfill !== undefined) full.add(run.backfill);
    if (slot !== 'taken') continue;
    await start(run, machineArn);
    started.push(run.runId);
  }
  return started;
}

/** What it left in the queue is taken out in this moment, and does not start. */
function hasEnded({ status }: BackfillRecord): boolean {
  return status === 'cancelled' || status === 'stopped';
}

async function pastSucceeded(run: QueuedRun): Promise<boolean> {
  const [before] = await orchestrationTable().query<{ runId: string; status: string }>({
    ...datesOf(run.pipeline, '', justBefore(run.logicalDate)),
    newestFirst: true,
    limit: 1,
  });
  return before === undefined || before.status === 'success';
}

function isDated(run: QueuedRun): boolean {
  return hasDate({ trigger: run.input.trigger ?? 'manual' });
}

function justBefore(logicalDate: string): string {
  return new Date(Date.parse(logicalDate) - 1).toISOString();
}

type Slot = 'taken' | 'full' | 'limited' | 'held';

/** `full`: nobody may start now. `limited`: nobody of its backfill may. `held`: this one may not, another may. */
async function takeSlot(
  run: QueuedRun,
  policy: Policy,
  backfillLimit: number | undefined,
  machineArn: string,
  place: Place,
): Promise<Slot> {
  const execution = executionArn(machineArn, run.execution);
  let verdict: Slot = 'taken';
  await changeSlots(run.pipeline, ({ holders }) => {
    verdict = 'taken';
    if (holders[run.runId]?.execution === execution) return undefined;
    const all = Object.values(holders);
    if (all.length >= policy.maxActiveRuns) verdict = 'full';
    else if (backfillLimit !== undefined && count(all, run.backfill) >= backfillLimit) verdict = 'limited';
    else if (policy.dependsOnPast && isDated(run) && all.some((holder) => holder.dated === true))
      verdict = 'held';
    if (verdict !== 'taken') return undefined;
    return {
      ...holders,
      [run.runId]: {
        execution,
        since: place.now().toISOString(),
        ...(isDated(run) ? { dated: true } : {}),
        ...(run.backfill === undefined ? {} : { backfill: run.backfill }),
      },
    };
  });
  return verdict;
}

function count(holders: readonly Holder[], backfill: string | undefined): number {
  return holders.filter((holder) => holder.backfill === backfill).length;
}

async function start(run: QueuedRun, machineArn: string): Promise<void> {
  try {
    await sfnClient().send(
      new StartExecutionCommand({
        stateMachineArn:
          run.version === undefined ? await startArnOf(machineArn) : `${machineArn}:${run.version}`,
        name: run.execution,
        input: JSON.stringify(run.input),
      }),
    );
  } catch (error) {
    // Started by somebody who was killed before the run left the queue.
    if (!(error instanceof Error) || error.name !== 'ExecutionAlreadyExists') throw error;
  }
  await orchestrationTable().delete(queueKey(run.pipeline, run.logicalDate, run.runId));
}

export function executionArn(machineArn: string, name: string): string {
  return `${machineArn.replace(':stateMachine:', ':execution:')}:${name}`;
}
