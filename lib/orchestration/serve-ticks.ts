/**
 * Turns the schedule of a pipeline into runs. The mark of the last served tick moves after the runs are in the queue, and
 * a date has one run: a tick that is told twice, late, or to somebody who dies is served exactly once.
 */
import type { Policy } from '../model/schedule';
import { readDeployed } from './deployed-pipelines';
import { enqueueRun } from './launch-run';
import { machineOf } from './machine-of';
import { markTick, readState } from './pipeline-state';
import type { Place } from './place';
import { admit } from './queue';
import { Timetable, type Tick } from './timetable';

/** Runs that one call queues at most; the next one goes on. */
const MOST = 200;

export interface ServedTicks {
  readonly runIds: readonly string[];
  /** True when there are more missed ticks than one call serves. */
  readonly more: boolean;
}

/**
 * Serves what is due.
 *
 * - `tick`: the scheduler rang. With catch-up all ticks since the last served one are served, else the latest.
 * - `deployed`: nothing is missed without catch-up; `once` becomes due.
 * - `resumed`: without catch-up the latest tick is served if it came during the pause, as Airflow does.
 */
export async function serveTicks(
  pipeline: string,
  why: 'tick' | 'deployed' | 'resumed',
  place: Place,
): Promise<ServedTicks> {
  const { policy } = await readDeployed(machineOf(pipeline, place), pipeline);
  const state = await readState(pipeline);
  const now = place.now().getTime();
  if (state.paused === true || policy.schedule.kind === 'none') return { runIds: [], more: false };
  const last = state.lastTick === undefined ? undefined : Date.parse(state.lastTick);
  const due = ticksDue(policy, why, last, now);
  const runIds: string[] = [];
  for (const tick of due.slice(0, MOST)) {
    const run = await enqueueRun(
      {
        pipeline,
        trigger: 'schedule',
        logicalDate: iso(tick.logicalDate),
        dataIntervalStart: iso(tick.intervalStart),
        dataIntervalEnd: iso(tick.intervalEnd),
      },
      place,
    );
    runIds.push(run.runId);
    await markTick(pipeline, iso(tick.due));
  }
  await admit(pipeline, place);
  return { runIds, more: due.length > MOST };
}

function ticksDue(
  policy: Policy,
  why: 'tick' | 'deployed' | 'resumed',
  last: number | undefined,
  now: number,
): Tick[] {
  const timetable = new Timetable(policy);
  if (policy.catchup) {
    const since = last ?? Number.NEGATIVE_INFINITY;
    // Without a start date there is no first tick to catch up from.
    if (last !== undefined || policy.startDate !== undefined)
      return [...timetable.between(since, now, MOST + 1)];
  }
  if (why === 'deployed' && policy.schedule.kind !== 'once') return [];
  const latest = timetable.latest(now);
  return latest === undefined || (last !== undefined && latest.due <= last) ? [] : [latest];
}

function iso(instant: number): string {
  return new Date(instant).toISOString();
}
