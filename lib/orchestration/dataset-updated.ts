/**
 * Runs that start when datasets were updated.
 *
 * 1. An update counts once, however often it is told.
 * 2. `any`: every update starts a run. `all`: a run starts when each dataset was updated since the run before; further
 *    updates of the same dataset until then belong to the same run.
 * 3. A complete set is put aside before its run is launched, and kept until it is. Whoever is killed in between leaves it
 *    to the next update, or to the same told again, and what was updated meanwhile counts for the run after it.
 * 4. Per date: all of this for each day by itself, and the run has that day as its logical date. Per key: for each key, which
 *    a param of the run gets; an update without a key is none of them.
 */
import { createHash } from 'node:crypto';
import { NEW, put, TableBusy } from '../aws/dynamo-table';
import { pauseBefore } from '../aws/pause';
import { orchestrationTable } from '../aws/tables';
import { datasetsKey, expiry, updateKey } from './keys';
import { launchRun, type Launched } from './launch-run';
import type { Place } from './place';

export interface DatasetUpdate {
  /** The one that is to start. */
  readonly pipeline: string;
  readonly datasets: readonly string[];
  readonly mode: 'any' | 'all';
  readonly per?: 'date' | 'key';
  /** Param of the run that gets the key. */
  readonly param?: string;
  readonly dataset: string;
  /** Which part of the dataset. */
  readonly partitionKey?: string;
  /** Run and task that updated it, and when. */
  readonly run: string;
  readonly task: string;
  readonly logicalDate: string;
  readonly updatedAt: string;
}

type Seen = Pick<DatasetUpdate, 'run' | 'task' | 'logicalDate' | 'updatedAt'>;

/** What a trigger has seen since its last run. */
interface Pending {
  readonly version: number;
  /** Runs so far. */
  readonly generation: number;
  readonly seen: Readonly<Record<string, Seen>>;
  readonly ttl?: number;
  /** A complete set whose run may not have been launched yet. */
  readonly launching?: { readonly token: string; readonly seen: Readonly<Record<string, Seen>> };
}

const NONE: Pending = { version: 0, generation: 0, seen: {} };
const MAX_ATTEMPTS = 20;

/** Returns the run that was started, if the update completed what the trigger waits for. */
export async function datasetUpdated(update: DatasetUpdate, place: Place): Promise<Launched | undefined> {
  const { dataset, run, task, logicalDate, updatedAt } = update;
  if (update.per === 'key' && update.partitionKey === undefined) return undefined;
  const seen: Seen = { run, task, logicalDate, updatedAt };
  if (update.mode === 'any') return launchFor(update, { [dataset]: seen }, identityOf(update), place);
  const day = dayOf(update);
  const trigger = hash([...update.datasets].sort().concat(day ?? [], keyOf(update)));
  await remember(update, seen, trigger, place);
  let launched: Launched | undefined;
  for (let refused = 0; refused < MAX_ATTEMPTS;) {
    const pending = await read(update.pipeline, trigger);
    const { launching, ...rest } = pending;
    let next: Pending = { ...rest, version: pending.version + 1, ...timeToLive(day, place) };
    if (launching !== undefined) launched = await launchFor(update, launching.seen, launching.token, place);
    else if (update.datasets.every((name) => name in pending.seen)) {
      const token = `${trigger}#${pending.generation}`;
      next = {
        ...next,
        generation: pending.generation + 1,
        seen: {},
        launching: { token, seen: pending.seen },
      };
    } else return launched;
    if (!(await write(update.pipeline, trigger, next, pending.version))) await pauseBefore(++refused);
  }
  throw new TableBusy(orchestrationTable().name);
}

async function remember(update: DatasetUpdate, seen: Seen, trigger: string, place: Place): Promise<void> {
  const table = orchestrationTable();
  const marker = updateKey(update.pipeline, trigger, identityOf(update));
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    if (attempt > 0) await pauseBefore(attempt);
    if ((await table.get(marker)) !== undefined) return;
    const pending = await read(update.pipeline, trigger);
    const next: Pending = {
      ...pending,
      version: pending.version + 1,
      seen: { ...pending.seen, [update.dataset]: seen },
      ...timeToLive(dayOf(update), place),
    };
    const refused = await table.transact([
      put({ ...marker, ...seen, ttl: expiry(place.now().getTime()) }, NEW),
      put({ ...datasetsKey(update.pipeline, trigger), ...next }, unchanged(pending.version)),
    ]);
    if (refused === undefined) return;
  }
  throw new TableBusy(table.name);
}

/** Days go by; what a trigger has seen without them stays. */
function timeToLive(day: string | undefined, { now }: Place): { readonly ttl?: number } {
  return day === undefined ? {} : { ttl: expiry(now().getTime()) };
}

/** In UTC; nothing when updates do not belong to a day. */
function dayOf({ per, logicalDate }: DatasetUpdate): string | undefined {
  return per === 'date' ? new Date(logicalDate).toISOString().slice(0, 10) : undefined;
}

/** Together with a mark, as a key may be the name of a dataset. */
function keyOf({ per, partitionKey }: DatasetUpdate): readonly string[] {
  return per === 'key' && partitionKey !== undefined ? ['key', partitionKey] : [];
}

async function launchFor(
  update: DatasetUpdate,
  seen: Readonly<Record<string, Seen>>,
  token: string,
  place: Place,
): Promise<Launched> {
  const why = Object.entries(seen)
    .map(([name, { run }]) => `${name} (${run})`)
    .join(', ');
  const day = dayOf(update);
  const { per, param, partitionKey } = update;
  return launchRun(
    {
      pipeline: update.pipeline,
      trigger: 'dataset',
      token,
      by: 'datasets',
      why: per === 'key' ? `${partitionKey ?? ''}: ${why}` : why,
      ...(per === 'key' && param !== undefined && partitionKey !== undefined
        ? { params: { [param]: partitionKey } }
        : {}),
      ...(day === undefined ? {} : { logicalDate: `${day}T00:00:00.000Z` }),
    },
    place,
  );
}

async function read(pipeline: string, trigger: string): Promise<Pending> {
  return (await orchestrationTable().get<Pending>(datasetsKey(pipeline, trigger))) ?? NONE;
}

async function write(pipeline: string, trigger: string, next: Pending, version: number): Promise<boolean> {
  return orchestrationTable().put({ ...datasetsKey(pipeline, trigger), ...next }, unchanged(version));
}

function unchanged(version: number) {
  return version === 0
    ? NEW
    : {
        ConditionExpression: '#version = :version',
        ExpressionAttributeNames: { '#version': 'version' },
        ExpressionAttributeValues: { ':version': version },
      };
}

function identityOf(update: DatasetUpdate): string {
  const { dataset, run, task, updatedAt } = update;
  return hash([dataset, run, task, updatedAt, ...keyOf(update)]);
}

function hash(parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 24);
}
