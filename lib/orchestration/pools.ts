/**
 * Pools: tasks of any pipeline that share something scarce. A task waits in its state machine, without a function, until
 * its token is answered.
 *
 * 1. Who asks is written down before a slot is taken, and forgotten after its token was answered: whoever is killed in
 *    between finds both, and answering again does no harm.
 * 2. Who asked first is first; nobody overtakes, so that who needs many slots gets them.
 * 3. What an execution holds is freed when it has ended, however it ended.
 */
import { SendTaskSuccessCommand } from '@aws-sdk/client-sfn';
import { createHash } from 'node:crypto';
import { sfnClient } from '../aws/clients/sfn';
import { NEW, TableBusy } from '../aws/dynamo-table';
import { pauseBefore } from '../aws/pause';
import { orchestrationTable } from '../aws/tables';
import { hasEnded } from './execution-state';
import { allPools, poolKey, poolListKey, poolWaiterKey, poolWaitersOf } from './keys';
import type { Place } from './place';

export interface PoolRequest {
  readonly pool: string;
  /** Slots that the pool has, as the definition of the asking task says. */
  readonly size: number;
  /** Slots that the task takes. */
  readonly slots: number;
  readonly task: string;
  readonly execution: string;
  readonly token: string;
}

interface Waiter extends PoolRequest {
  /** ISO instant. */
  readonly since: string;
}

export interface PoolHolder {
  readonly task: string;
  readonly execution: string;
  readonly slots: number;
  readonly since: string;
}

export interface Pool {
  readonly version: number;
  readonly holders: Readonly<Record<string, PoolHolder>>;
}

const NONE: Pool = { version: 0, holders: {} };
const MAX_ATTEMPTS = 30;
/** An execution that has ended may not be known as such at once. */
const GRACE_MS = 5 * 60_000;

export async function acquireSlots(request: PoolRequest, place: Place): Promise<void> {
  const { pool, task, execution } = request;
  await orchestrationTable().put({ ...poolListKey(pool), pool });
  const key = poolWaiterKey(pool, holderOf(task, execution));
  const earlier = await orchestrationTable().get<Waiter>(key);
  const since = earlier?.since ?? place.now().toISOString();
  await orchestrationTable().put({ ...key, ...request, since });
  await admitToPool(pool, place);
}

export async function releaseSlots(
  { pool, task, execution }: Pick<PoolRequest, 'pool' | 'task' | 'execution'>,
  place: Place,
): Promise<void> {
  await changeHolders(pool, (holders) => without(holders, (id) => id === holderOf(task, execution)));
  await admitToPool(pool, place);
}

/** Frees what an execution holds or waits for, in every pool. */
export async function releaseExecution(execution: string, place: Place): Promise<void> {
  for (const pool of await poolNames()) await releaseFrom(pool, (of) => of === execution, place);
}

/** Frees slots whose executions have ended without a word. */
export async function sweepPools(place: Place): Promise<void> {
  for (const pool of await poolNames()) {
    const claims = [...Object.values((await readPool(pool)).holders), ...(await waitersOf(pool))];
    const ended = new Set<string>();
    for (const { execution, since } of claims)
      if (place.now().getTime() - Date.parse(since) >= GRACE_MS && (await hasEnded(execution)))
        ended.add(execution);
    await releaseFrom(pool, (execution) => ended.has(execution), place);
  }
}

export async function readPool(pool: string): Promise<Pool> {
  return (await orchestrationTable().get<Pool>(poolKey(pool))) ?? NONE;
}

async function releaseFrom(
  pool: string,
  isOver: (execution: string) => boolean,
  place: Place,
): Promise<void> {
  for (const waiter of await waitersOf(pool)) if (isOver(waiter.execution)) await forget(waiter);
  await changeHolders(pool, (holders) => without(holders, (_id, holder) => isOver(holder.execution)));
  await admitToPool(pool, place);
}

async function admitToPool(pool: string, place: Place): Promise<void> {
  for (const waiter of await waitersOf(pool)) {
    const id = holderOf(waiter.task, waiter.execution);
    const { task, execution, slots } = waiter;
    const { holders } = await changeHolders(pool, (now) => {
      if (id in now) return undefined;
      const taken = Object.values(now).reduce((sum, holder) => sum + holder.slots, 0);
      if (taken + Math.min(slots, waiter.size) > waiter.size) return undefined;
      return { ...now, [id]: { task, execution, slots, since: place.now().toISOString() } };
    });
    if (!(id in holders)) return;
    // Nobody waits: because the answer had arrived before, and the task is at work, or because the execution has ended.
    if (!(await answerToken(waiter.token)) && (await hasEnded(execution)))
      await changeHolders(pool, (now) => without(now, (other) => other === id));
    await forget(waiter);
  }
}

/** Returns false when the state waits no longer. */
async function answerToken(taskToken: string): Promise<boolean> {
  try {
    await sfnClient().send(new SendTaskSuccessCommand({ taskToken, output: '{}' }));
    return true;
  } catch (error) {
    const name = error instanceof Error ? error.name : '';
    if (!['TaskTimedOut', 'TaskDoesNotExist', 'InvalidToken'].includes(name)) throw error;
    return false;
  }
}

async function changeHolders(
  pool: string,
  change: (holders: Pool['holders']) => Pool['holders'] | undefined,
): Promise<Pool> {
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    if (attempt > 0) await pauseBefore(attempt);
    const before = await readPool(pool);
    const holders = change(before.holders);
    if (holders === undefined) return before;
    const next: Pool = { version: before.version + 1, holders };
    const unchanged =
      before.version === 0
        ? NEW
        : {
            ConditionExpression: '#version = :version',
            ExpressionAttributeNames: { '#version': 'version' },
            ExpressionAttributeValues: { ':version': before.version },
          };
    if (await orchestrationTable().put({ ...poolKey(pool), ...next }, unchanged)) return next;
  }
  throw new TableBusy(orchestrationTable().name);
}

function without(
  holders: Pool['holders'],
  isOver: (id: string, holder: PoolHolder) => boolean,
): Pool['holders'] | undefined {
  const kept = Object.entries(holders).filter(([id, holder]) => !isOver(id, holder));
  return kept.length === Object.keys(holders).length ? undefined : Object.fromEntries(kept);
}

/** Oldest first. */
async function waitersOf(pool: string): Promise<Waiter[]> {
  const waiters = await orchestrationTable().query<Waiter>(poolWaitersOf(pool));
  return waiters.sort((a, b) => (a.since < b.since ? -1 : a.since > b.since ? 1 : 0));
}

async function forget({ pool, task, execution }: Waiter): Promise<void> {
  await orchestrationTable().delete(poolWaiterKey(pool, holderOf(task, execution)));
}

async function poolNames(): Promise<string[]> {
  return (await orchestrationTable().query<{ pool: string }>(allPools)).map(({ pool }) => pool);
}

function holderOf(task: string, execution: string): string {
  return createHash('sha256')
    .update(JSON.stringify([execution, task]))
    .digest('hex')
    .slice(0, 24);
}
