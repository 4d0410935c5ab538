/**
 * Brings the target of an endpoint to what the endpoint's state says: called when that changes, and every minute besides.
 *
 * 1. It goes by the state alone, so that it may be repeated, be late, or be ended at any point; the next call goes on.
 * 2. For which versions something may lie at the target is recorded before anything is made there.
 * 3. A version whose shift waits for it gets its traffic when it runs; one that does not come up is rolled back.
 */
import { startShift, rollbackEndpoint, DeploymentRefused } from '../change-endpoint';
import { findRecordedEndpoint, type Endpoint, type EndpointChange } from '../endpoint';
import type { ServingTarget } from '../../tasks/serving-target';
import { desiredTarget } from './desired-target';
import { driverOf } from './drivers';
import { withLease } from './lease';
import { standsIn } from './stand-in';
import { findTargetRecord, writeTargetRecord, type TargetRecord } from './target-record';
import type { DesiredTarget, TargetState } from './target';

export interface SyncPlace {
  readonly stage: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Tells others of a change. */
  readonly told: (change: EndpointChange) => Promise<void>;
}

/** A deployment may change while one works; each change is gone after, but not for ever. */
const MAX_ROUNDS = 6;

/** Returns how the target is; nothing for an endpoint without one. @throws TargetBusy, and what a service throws that does not answer */
export async function syncTarget(endpoint: string, place: SyncPlace): Promise<TargetRecord | undefined> {
  if (!hasTarget(await findRecordedEndpoint(endpoint))) return undefined;
  return withLease(endpoint, () => syncAlone(endpoint, place));
}

async function syncAlone(endpoint: string, place: SyncPlace): Promise<TargetRecord | undefined> {
  let record: TargetRecord | undefined;
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const state = await findRecordedEndpoint(endpoint);
    if (!hasTarget(state)) return undefined;
    record = await bring(state, place);
    const change = await follow(state, record, place);
    if (change !== undefined) await place.told(change);
    else if ((await findRecordedEndpoint(endpoint))?.rev === state.rev) break;
  }
  return record;
}

type Targeted = Endpoint & { readonly target: ServingTarget };

function hasTarget(state: Endpoint | undefined): state is Targeted {
  return state?.target !== undefined;
}

async function bring(state: Targeted, place: SyncPlace): Promise<TargetRecord> {
  const { endpoint, rev } = state;
  const before = await findTargetRecord(endpoint);
  const desired = await desiredTarget(state, place.stage, place.now());
  const wanted = desired.slots.map(({ version }) => version);
  const versions = [...new Set([...(before?.versions ?? []), ...wanted])];
  const at = new Date(place.now()).toISOString();
  if (standsIn(state.target)) {
    const message = `Not done here: this machine has no ${state.target.kind}. The function of the local cloud answers in its place.`;
    const record: TargetRecord = { state: 'ready', message, rev, at, versions: [], standsIn: true };
    await writeTargetRecord(endpoint, record);
    return record;
  }
  // What failed for a state is not tried again for the same state.
  if (before?.state === 'failed' && before.rev === rev) return before;
  if (versions.length !== before?.versions.length)
    await writeTargetRecord(endpoint, {
      state: 'working',
      message: 'It is being set up.',
      ...before,
      rev,
      at,
      versions,
    });
  const driver = await driverOf(state.target.kind);
  const memory = before?.rev === rev ? before.memory : undefined;
  const reached = await driver.bring(desired, memory).catch(async (error: unknown): Promise<never> => {
    const told = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    await writeTargetRecord(endpoint, { state: 'working', message: told, rev, at, versions });
    throw error;
  });
  const kept = reached.state === 'ready' ? await removeOthers(driver, desired, versions, wanted) : versions;
  const record: TargetRecord = { ...reached, rev, at, versions: kept };
  await writeTargetRecord(endpoint, record);
  return record;
}

async function removeOthers(
  driver: Awaited<ReturnType<typeof driverOf>>,
  desired: DesiredTarget,
  versions: readonly string[],
  wanted: readonly string[],
): Promise<readonly string[]> {
  const others = versions.filter((version) => !wanted.includes(version));
  if (others.length > 0) await driver.remove(desired, others);
  return wanted;
}

/** The change that follows from how the target is; `undefined` when none does, or somebody was faster. */
async function follow(
  { endpoint, rev, candidate }: Targeted,
  { state, message }: TargetState,
  { now }: SyncPlace,
): Promise<EndpointChange | undefined> {
  if (candidate === undefined) return undefined;
  const waits = candidate.whenReady === true && candidate.shiftingSince === null;
  const request = {
    endpoint,
    version: candidate.version,
    by: 'millrace',
    idempotencyKey: `target#${rev}#${state}`,
    now: now(),
  };
  try {
    if (state === 'ready' && waits) return await startShift({ ...request, reason: 'It runs at the target.' });
    if (state === 'failed' && (waits || candidate.shiftingSince !== null))
      return await rollbackEndpoint({ ...request, reason: message });
  } catch (error) {
    if (!(error instanceof DeploymentRefused)) throw error;
  }
  return undefined;
}
