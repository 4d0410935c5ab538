/** What the end of an execution sets free, and the sweep for ends that nobody told. */
import { orchestrationTable } from '../aws/tables';
import { stopAfterFailure } from './backfill';
import { UnknownPipeline } from './deployed-pipelines';
import { feedBackfill, feedBackfills } from './feed-backfill';
import { hasEnded } from './execution-state';
import { allPipelines } from './keys';
import type { Place } from './place';
import { releaseExecution, sweepPools } from './pools';
import { admit } from './queue';
import { readSlots, releaseSlot } from './slots';

export async function afterExecution(pipeline: string, execution: string, place: Place): Promise<string[]> {
  const backfills = await endHolder(pipeline, execution);
  await releaseExecution(execution, place);
  const started = await admit(pipeline, place);
  for (const id of backfills)
    if ((await feedBackfill(pipeline, id, place)) > 0) started.push(...(await admit(pipeline, place)));
  return started;
}

/** Frees slots whose executions have ended without an event, and admits what waits. Hourly. */
export async function sweep(
  place: Place,
): Promise<{ readonly released: string[]; readonly started: string[] }> {
  const released: string[] = [];
  const started: string[] = [];
  for (const { pipeline } of await orchestrationTable().query<{ pipeline: string }>(allPipelines)) {
    const { holders } = await readSlots(pipeline);
    for (const [runId, { execution, since }] of Object.entries(holders)) {
      // Between taking a slot and starting there is a moment without an execution.
      if (place.now().getTime() - Date.parse(since) < GRACE_MS || !(await hasEnded(execution))) continue;
      await endHolder(pipeline, execution);
      released.push(runId);
    }
    started.push(...(await startWaiting(pipeline, place)));
  }
  await sweepPools(place);
  return { released, started };
}

async function startWaiting(pipeline: string, place: Place): Promise<string[]> {
  try {
    return [...(await admit(pipeline, place)), ...(await feedBackfills(pipeline, place))];
  } catch (error) {
    // It was removed with runs in its queue; the other pipelines go on.
    if (error instanceof UnknownPipeline) return [];
    throw error;
  }
}

/** A backfill that stops at a failure does so before the slot is free for its next run. Returns backfills that it ran for. */
async function endHolder(pipeline: string, execution: string): Promise<string[]> {
  const backfills: string[] = [];
  for (const [runId, holder] of Object.entries((await readSlots(pipeline)).holders))
    if (holder.execution === execution && holder.backfill !== undefined) {
      await stopAfterFailure(pipeline, holder.backfill, runId);
      backfills.push(holder.backfill);
    }
  await releaseSlot(pipeline, execution);
  return backfills;
}

const GRACE_MS = 5 * 60_000;
