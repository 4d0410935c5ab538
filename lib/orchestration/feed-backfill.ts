/**
 * A backfill puts its dates into the queue of the pipeline piece by piece, as they are used up: nobody has thousands of
 * writes to do at once, and an admission never reads thousands of waiting runs.
 *
 * 1. Where it has got to stands in its record, and moves on after the dates before it are in the queue.
 * 2. A date is queued once, whoever feeds it, and however often: a run by its date, a rerun by the backfill that asks for it.
 * 3. So whoever is killed leaves it to the next one: the end of one of its runs, the hourly sweep, somebody who asks for its
 *    progress.
 */
import { orchestrationTable } from '../aws/tables';
import type { Policy } from '../model/schedule';
import { MOST_WAITING, PIECE } from './backfill-pace';
import { readBackfill, type BackfillRecord, type Reprocess } from './backfill-record';
import { readDeployed } from './deployed-pipelines';
import { backfillKey, backfillsOf, datesOf } from './keys';
import { dequeueRun, enqueueRun } from './launch-run';
import { machineOf } from './machine-of';
import type { Place } from './place';
import { admit, readQueue } from './queue';
import { NotRerunnable, rerun } from './rerun';
import type { RunListing } from './run-record';
import { Timetable, type Tick } from './timetable';

export interface BackfillDate {
  readonly tick: Tick;
  readonly action: 'run' | 'rerun' | 'leave';
  /** The run that the date had. */
  readonly earlier?: string;
}

/** The dates of a range, both ends included, by the schedule as it is deployed. */
export async function datesIn(
  range: { readonly pipeline: string; readonly from: number; readonly to: number },
  reprocess: Reprocess,
  policy: Policy,
  place: Place,
): Promise<BackfillDate[]> {
  const { pipeline, from, to } = range;
  const timetable = new Timetable({ ...policy, endDate: undefined as never });
  const existing = await runsOf(pipeline, from, to);
  const found: BackfillDate[] = [];
  for (const tick of timetable.between(from - 1, place.now().getTime())) {
    if (tick.logicalDate > to) break;
    if (tick.logicalDate < from) continue;
    const run = existing.get(iso(tick.logicalDate));
    found.push({
      tick,
      action: actionFor(run?.status, reprocess),
      ...(run === undefined ? {} : { earlier: run.runId }),
    });
  }
  return found;
}

/** How many of the dates have something to do. */
export function workIn(dates: readonly BackfillDate[]): number {
  return dates.filter(({ action }) => action !== 'leave').length;
}

/** Goes on with all backfills of a pipeline that have dates left, and starts what may start. Returns the ids of the runs that were started. */
export async function feedBackfills(pipeline: string, place: Place): Promise<string[]> {
  const started: string[] = [];
  for (const { id, status } of await orchestrationTable().query<BackfillRecord>(backfillsOf(pipeline)))
    if (status === 'enqueueing' && (await feedBackfill(pipeline, id, place)) > 0)
      started.push(...(await admit(pipeline, place)));
  return started;
}

/** Returns how many dates it put into the queue. */
export async function feedBackfill(pipeline: string, id: string, place: Place): Promise<number> {
  const record = await readBackfill(pipeline, id);
  if (record?.status !== 'enqueueing' || record.next === undefined) return 0;
  const waiting = (await readQueue(pipeline)).filter((run) => run.backfill === id).length;
  const enough = Math.max(MOST_WAITING, record.maxActive);
  if (waiting > enough / 2) return 0;
  const deployed = await readDeployed(machineOf(pipeline, place), pipeline);
  const range = { pipeline, from: Date.parse(record.next), to: Date.parse(record.to) };
  const dates = await datesIn(range, record.reprocess, deployed.policy, place);
  const enqueue = async ({ tick, action, earlier }: BackfillDate): Promise<void> => {
    if (action === 'rerun' && earlier !== undefined) await rerunOnce(record, earlier, place);
    if (action === 'run')
      await enqueueRun(
        {
          pipeline,
          trigger: 'backfill',
          by: record.by,
          logicalDate: iso(tick.logicalDate),
          dataIntervalStart: iso(tick.intervalStart),
          dataIntervalEnd: iso(tick.intervalEnd),
          backfill: id,
        },
        place,
        deployed,
      );
  };
  let fed = 0;
  for (let at = 0, seen = record.next; ;) {
    for (let piece = 0; at < dates.length && piece < PIECE; at++) {
      const date = dates[at];
      if (date === undefined || date.action === 'leave') continue;
      await enqueue(date);
      piece++;
      fed++;
    }
    const next = dates[at];
    const moved = await moveOn(record, seen, next, workIn(dates.slice(at)));
    if (!moved) {
      await removeIfEnded(pipeline, id);
      return fed;
    }
    if (next === undefined || fed >= MOST_WAITING || waiting + fed >= enough) return fed;
    seen = iso(next.tick.logicalDate);
  }
}

/** Takes what waits of a backfill out of the queue. Returns how many runs. */
export async function removeWaiting(pipeline: string, id: string): Promise<number> {
  const waiting = (await readQueue(pipeline)).filter((run) => run.backfill === id);
  for (const run of waiting) await dequeueRun(run);
  return waiting.length;
}

/** Somebody has begun to run it again since it was looked at: then that is the run. */
async function rerunOnce({ id, by, reprocess }: BackfillRecord, runId: string, place: Place): Promise<void> {
  try {
    await rerun({ runId, clear: reprocess === 'all' ? 'all' : [], by, backfill: id, wait: true }, place);
  } catch (error) {
    if (!(error instanceof NotRerunnable)) throw error;
  }
}

/** False when the backfill was ended, or somebody else feeds it. */
async function moveOn(
  { pipeline, id }: BackfillRecord,
  seen: string,
  next: BackfillDate | undefined,
  left: number,
): Promise<boolean> {
  const values = { ':enqueueing': 'enqueueing', ':seen': seen };
  const condition = '#status = :enqueueing AND #next = :seen';
  const names = { '#status': 'status', '#next': 'next', '#left': 'left' };
  return orchestrationTable().update(
    backfillKey(pipeline, id),
    next === undefined
      ? {
          UpdateExpression: 'SET #status = :queued REMOVE #next, #left',
          ConditionExpression: condition,
          ExpressionAttributeNames: names,
          ExpressionAttributeValues: { ...values, ':queued': 'queued' },
        }
      : {
          UpdateExpression: 'SET #next = :next, #left = :left',
          ConditionExpression: condition,
          ExpressionAttributeNames: names,
          ExpressionAttributeValues: { ...values, ':next': iso(next.tick.logicalDate), ':left': left },
        },
  );
}

/** It was cancelled or stopped while dates were put into the queue: those were not there yet when it was emptied. */
async function removeIfEnded(pipeline: string, id: string): Promise<void> {
  const status = (await readBackfill(pipeline, id))?.status;
  if (status === 'cancelled' || status === 'stopped') await removeWaiting(pipeline, id);
}

export async function runsOf(pipeline: string, from: number, to: number): Promise<Map<string, RunListing>> {
  const items = await orchestrationTable().query<RunListing>(datesOf(pipeline, iso(from), iso(to)));
  return new Map(items.map((item) => [item.logicalDate, item]));
}

function actionFor(status: string | undefined, reprocess: Reprocess): BackfillDate['action'] {
  if (status === undefined) return 'run';
  if (status === 'running' || reprocess === 'none') return 'leave';
  return reprocess === 'all' || status !== 'success' ? 'rerun' : 'leave';
}

function iso(instant: number): string {
  return new Date(instant).toISOString();
}
