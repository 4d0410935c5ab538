import { getVersion } from '../../tracking/model-versions';
import type { ServingTarget } from '../../tasks/serving-target';
import type { Endpoint } from '../endpoint';
import { modelFolderOf } from '../model-folder';
import { candidateShare, shiftEnds } from '../traffic';
import type { DesiredSlot, DesiredTarget } from './target';

/** So long the version before keeps running without traffic, so that a roll back need not wait for it. */
export const STANDBY_MS = 3_600_000;

/**
 * What a target should be like now.
 * @param recorded the state as it is recorded: a candidate that has all traffic is still one there
 * @throws TrackingRefused for a version that is gone
 */
export async function desiredTarget(
  recorded: Endpoint & { readonly target: ServingTarget },
  stage: string,
  now: number,
): Promise<DesiredTarget> {
  const { endpoint, model, target, stable, candidate } = recorded;
  const share = candidateShare(candidate, now);
  const over = candidate !== undefined && share >= 1;
  const ends = candidate === undefined ? null : shiftEnds(candidate);
  const replaced = over && ends !== null && now > Date.parse(ends) + STANDBY_MS;
  const slots: DesiredSlot[] = [];
  const add = async (version: string, part: number) => {
    const registered = await getVersion(model, version);
    const image = target.image ?? registered.tags['serving_image'] ?? '';
    slots.push({ version, share: part, image, folder: modelFolderOf(registered) });
  };
  if (stable !== null && !replaced) await add(stable, 1 - share);
  if (candidate !== undefined) await add(candidate.version, share);
  return {
    endpoint,
    model,
    stage,
    target,
    slots,
    stable: over ? candidate.version : stable,
    candidate: over || candidate === undefined ? null : candidate.version,
  };
}
