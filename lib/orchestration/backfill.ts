/** Runs for the logical dates of a range, a few at a time: a record, and runs in the queue. It survives whoever asked. */
import { createHash } from 'node:crypto';
import { NEW, put } from '../aws/dynamo-table';
import { orchestrationTable } from '../aws/tables';
import { pipelineAuditItem } from './audit';
import { DoNotRetry } from '../model/errors';
import { readBackfill, type BackfillRecord, type Reprocess } from './backfill-record';
import { readDeployed } from './deployed-pipelines';
import { datesIn, feedBackfill, removeWaiting, runsOf, workIn } from './feed-backfill';
import { backfillKey, backfillsOf, pipelineKey } from './keys';
import { machineOf } from './machine-of';
import type { Place } from './place';
import { admit, readQueue } from './queue';
import { readRun } from './read-run';
import { readSlots } from './slots';
import { instantOf } from './timetable';

export class InvalidBackfill extends DoNotRetry {
  override readonly name = 'Millrace.InvalidBackfill';
}

export interface BackfillRequest {
  readonly pipeline: string;
  /** ISO dates or instants: logical dates from the first to the second, both included. */
  readonly from: string;
  readonly to: string;
  /** @default 1 */
  readonly maxActive?: number;
  /** Which dates that had a run are run again. @default none */
  readonly reprocess?: Reprocess;
  /** Says what would be run. */
  readonly dryRun?: boolean;
  /** The first run that fails takes those that still wait out of the queue. @default false */
  readonly stopOnFailure?: boolean;
  /** Allows more than 10,000 dates. */
  readonly confirmed?: boolean;
  readonly by?: string;
  readonly why?: string;
}

export interface PlannedBackfill {
  readonly id: string;
  readonly dates: readonly { readonly logicalDate: string; readonly action: 'run' | 'rerun' | 'leave' }[];
}

const UNCONFIRMED = 10_000;

/** @throws InvalidBackfill before anything is written */
export async function backfill(request: BackfillRequest, place: Place): Promise<PlannedBackfill> {
  const { pipeline, reprocess = 'none', maxActive = 1 } = request;
  const { policy } = await readDeployed(machineOf(pipeline, place), pipeline);
  if (policy.schedule.kind !== 'cron' && policy.schedule.kind !== 'interval')
    throw new InvalidBackfill(
      `The pipeline ${pipeline} has no schedule that gives logical dates. Give it one, or start single runs with params.`,
    );
  const zone = policy.schedule.kind === 'cron' ? policy.schedule.timeZone : 'UTC';
  const from = instantOf(request.from, zone);
  const to = instantOf(request.to, zone);
  if (Number.isNaN(from) || Number.isNaN(to) || from > to)
    throw new InvalidBackfill(
      `From ${request.from} to ${request.to} is no range of dates. Write ISO dates, the earlier first.`,
    );
  if (!Number.isInteger(maxActive) || maxActive < 1)
    throw new InvalidBackfill(`maxActive is ${maxActive}; give a whole number from 1.`);
  const planned = await datesIn({ pipeline, from, to }, reprocess, policy, place);
  if (planned.length > UNCONFIRMED && request.confirmed !== true)
    throw new InvalidBackfill(
      `That are ${planned.length} logical dates. Confirm it (--yes), or backfill a shorter range.`,
    );
  const dates = planned.map(({ tick, action }) => ({ logicalDate: iso(tick.logicalDate), action }));
  const queued = workIn(planned);
  const id = createHash('sha256')
    .update(JSON.stringify([pipeline, from, to, reprocess, place.requestId]))
    .digest('hex')
    .slice(0, 12);
  if (request.dryRun === true) return { id, dates };

  const record: BackfillRecord = {
    id,
    pipeline,
    from: iso(from),
    to: iso(to),
    maxActive,
    reprocess,
    ...(request.stopOnFailure === true ? { stopOnFailure: true } : {}),
    ...(queued === 0
      ? { status: 'queued' }
      : { status: 'enqueueing', next: dates[0]?.logicalDate ?? '', left: queued }),
    by: request.by ?? 'unknown',
    createdAt: place.now().toISOString(),
    ticks: planned.length,
    queued,
  };
  // For the sweep, which goes on with it when this one dies.
  await orchestrationTable().put({ ...pipelineKey(pipeline), pipeline });
  // The same request again finds both.
  await orchestrationTable().transact([
    put({ ...backfillKey(pipeline, id), ...record }, NEW),
    put(
      pipelineAuditItem(
        pipeline,
        {
          action: 'backfill',
          by: record.by,
          ...(request.why === undefined ? {} : { why: request.why }),
          details: {
            id,
            from: request.from,
            to: request.to,
            maxActive,
            reprocess,
            ...(record.stopOnFailure === true ? { stopOnFailure: true } : {}),
          },
        },
        place,
      ),
    ),
  ]);
  await feedBackfill(pipeline, id, place);
  await admit(pipeline, place);
  return { id, dates };
}

export interface BackfillProgress extends BackfillRecord {
  /** Logical dates of the range by the status of their runs, each once; `queued` ones wait, also to run again. */
  readonly statuses: Readonly<Record<string, number>>;
}

export async function backfillProgress(pipeline: string, id: string): Promise<BackfillProgress> {
  const record = await readBackfill(pipeline, id);
  if (record === undefined)
    throw new InvalidBackfill(
      `There is no backfill ${id} of ${pipeline}. See: millrace backfill ${pipeline} --list`,
    );
  // Read in the order in which a run goes, from the queue into a slot and to its record: none is between two of them.
  const waiting = (await readQueue(pipeline)).filter((run) => run.backfill === id);
  const { holders } = await readSlots(pipeline);
  const runs = [...(await runsOf(pipeline, Date.parse(record.from), Date.parse(record.to))).values()];
  const known = new Map(runs.map((run) => [run.runId, run.execution]));
  const statusOf = new Map<string, string>(runs.map((run) => [run.runId, run.status]));
  for (const [runId, { backfill, execution }] of Object.entries(holders))
    if (backfill === id && known.get(runId) !== execution) statusOf.set(runId, 'running');
  for (const { runId, execution } of waiting)
    if (known.get(runId)?.endsWith(`:${execution}`) !== true) statusOf.set(runId, 'queued');
  const statuses: Record<string, number> = {};
  for (const status of statusOf.values()) statuses[status] = (statuses[status] ?? 0) + 1;
  if (record.left !== undefined) statuses['queued'] = (statuses['queued'] ?? 0) + record.left;
  return { ...record, statuses };
}

export async function listBackfills(pipeline: string): Promise<BackfillRecord[]> {
  return orchestrationTable().query<BackfillRecord>(backfillsOf(pipeline));
}

/** Takes the waiting runs out of the queue; runs that are going on end by themselves. Returns how many dates are not run. */
export async function cancelBackfill(pipeline: string, id: string): Promise<number> {
  const { left = 0 } = await backfillProgress(pipeline, id);
  return left + (await endBackfill(pipeline, id, 'cancelled'));
}

/**
 * The end of a run that a backfill asked for: when it failed, and the backfill stops then, nothing more of it starts.
 * Done before the slot of the run is free; done twice it is the same.
 */
export async function stopAfterFailure(pipeline: string, id: string, runId: string): Promise<void> {
  const record = await readBackfill(pipeline, id);
  if (record?.stopOnFailure !== true || record.status === 'cancelled') return;
  const run = await readRun(runId);
  const status = run?.record.status ?? 'failed';
  if (status !== 'success' && status !== 'running') await endBackfill(pipeline, id, 'stopped');
}

async function endBackfill(pipeline: string, id: string, status: 'cancelled' | 'stopped'): Promise<number> {
  await orchestrationTable().update(backfillKey(pipeline, id), {
    UpdateExpression: 'SET #status = :status REMOVE #next, #left',
    ExpressionAttributeNames: { '#status': 'status', '#next': 'next', '#left': 'left' },
    ExpressionAttributeValues: { ':status': status },
  });
  return removeWaiting(pipeline, id);
}

function iso(instant: number): string {
  return new Date(instant).toISOString();
}
