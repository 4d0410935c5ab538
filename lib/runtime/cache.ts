/**
 * Earlier results of tasks that ask for it.
 *
 * 1. The same result means: same pipeline and contract, same code, environment and variables, same input with the content of
 *    what lies in S3, and the same parts of the output wanted.
 * 2. A result of which a part is gone from S3 is none.
 * 3. A store that does not answer costs the work, not the task.
 */
import { createHash } from 'node:crypto';
import type { ObjectStore } from '../aws/object-store';
import type { Offloaded, TaskEvent, TaskResult } from '../model/envelope';
import type { Json } from '../model/json';
import { readCached, writeCached, type CachedResult } from '../orchestration/result-cache';
import type { TaskRecord } from '../orchestration/task-record';
import { isOffloaded } from './offloaded';
import { logger } from './telemetry';

/** In the place of a contract, of containers with an image of one's own. */
export const CONTAINER = 'container()';

/** A bundle without a hash could be any code. */
const UNKNOWN_CODE = 'unknown';

type Identity = Pick<TaskRecord, 'codeHash' | 'inputHash'> & {
  /** Hash of the variables that the task reads. */
  readonly variables?: () => Promise<string | undefined>;
};

/** The result of an earlier run, unless there is none, or this run wants none. */
export async function fromCache(
  contract: string,
  event: TaskEvent,
  identity: Identity,
  objects: ObjectStore,
): Promise<CachedResult | undefined> {
  if (event.cache === undefined || event.run.cache === false || identity.codeHash === UNKNOWN_CODE)
    return undefined;
  try {
    const cached = await readCached(await keyOf(contract, event, identity), event.cache.seconds, new Date());
    if (cached === undefined) return undefined;
    for (const { $offloaded } of markersIn(cached.result.out))
      if ((await objects.head($offloaded.key)) === undefined) return undefined;
    return cached;
  } catch (fault) {
    logger.warn('The cache could not be read; the task runs.', fault as Error);
    return undefined;
  }
}

/** Also a run that wanted no earlier result leaves its own. */
export async function intoCache(
  contract: string,
  event: TaskEvent,
  identity: Identity,
  result: TaskResult,
): Promise<void> {
  if (event.cache === undefined || identity.codeHash === UNKNOWN_CODE) return;
  const cached = { result, run: event.run.id, task: event.task, at: new Date().toISOString() };
  try {
    await writeCached(await keyOf(contract, event, identity), cached, event.cache.seconds);
  } catch (fault) {
    logger.warn('The result could not be kept for other runs.', fault as Error);
  }
}

async function keyOf(
  contract: string,
  event: TaskEvent,
  { codeHash, inputHash, variables }: Identity,
): Promise<string> {
  const sorted = (record: Readonly<Record<string, string>>) =>
    Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1));
  const returns = sorted(event.returns);
  const environment = sorted(event.cache?.environment ?? {});
  const read = await variables?.();
  return createHash('sha256')
    .update(
      JSON.stringify([
        event.run.pipeline,
        contract,
        codeHash,
        inputHash,
        returns,
        environment,
        ...(read === undefined ? [] : [read]),
      ]),
    )
    .digest('hex');
}

function* markersIn(value: Json): Generator<Offloaded> {
  if (isOffloaded(value)) yield value;
  else if (typeof value === 'object' && value !== null)
    for (const part of Object.values(value) as Json[]) yield* markersIn(part);
}
