/** What the end of an execution sets free, and the sweep for ends that nobody told. */
import { orchestrationTable } from '../aws/tables';
import { stopAfterFailure } from './backfill';
import { hasEnded } from './execution-state';
import { allPipelines } from './keys';
import type { Place } from './place';
import { releaseExecution, sweepPools } from './pools';
import { admit } from './queue';
import { readSlots, releaseSlot } from './slots';

export async function afterExecution(pipeline: string, execution: string, place: Place): Promise<string[]> {
  await endHolder(pipeline, execution);
  await releaseExecution(execution, place);
  return admit(pipeline, place);
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
    started.push(...(await admit(pipeline, place)));
  }
  await sweepPools(place);
  return { released, started };
}

/** A backfill that stops at a failure does so before the slot is free for its next run. */
async function endHolder(pipeline: string, execution: string): Promise<void> {
  for (const [runId, holder] of Object.entries((await readSlots(pipeline)).holders))
    if (holder.execution === execution && holder.backfill !== undefined)
      await stopAfterFailure(pipeline, holder.backfill, runId);
  await releaseSlot(pipeline, execution);
}

const GRACE_MS = 5 * 60_000;
