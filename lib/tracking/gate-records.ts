/** What the gates of a model go by: their declaration, approvals, comparisons, alarms. All of it is in the model's history. */
import { isDeepStrictEqual } from 'node:util';
import type { PromotionGates } from '../tasks/promotion-gates';
import type { Comparison, DriftAlarm } from './judge-gates';
import { changeModel } from './model-changes';
import { versionOf } from './model-versions';
import { eventsOf, eventWrite, type RegistryEvent } from './registry-events';
import { TrackingRefused } from './tracking-refused';

interface Told {
  readonly by: string;
  readonly reason: string;
}

/** `null` takes them away. The same again changes nothing. @throws TrackingRefused when there is no such model */
export async function setGates(
  name: string,
  gates: PromotionGates | null,
  { by, reason }: Told,
): Promise<void> {
  await changeModel(name, async (model, at) => {
    if (isDeepStrictEqual(model.gates ?? null, gates)) return undefined;
    const event: RegistryEvent = { at, action: 'set-gates', version: '', by, reason };
    return {
      model: { gates: gates ?? undefined, updatedAt: at },
      writes: [eventWrite(model, event)],
    };
  });
}

/** One approval of a person counts once. @throws TrackingRefused when there is no such version */
export async function approveVersion(name: string, version: string, { by, reason }: Told): Promise<void> {
  await changeModel(name, async (model, at) => {
    await versionOf(model, version);
    const before = (await eventsOf(model)).some(
      (event) => event.action === 'approve' && event.version === version && event.by === by,
    );
    if (before) return undefined;
    return { model: {}, writes: [eventWrite(model, { at, action: 'approve', version, by, reason })] };
  });
}

/** @throws TrackingRefused when there is no such version, or it is compared with itself */
export async function recordComparison(
  name: string,
  version: string,
  comparison: Comparison,
  { by, reason }: Told,
): Promise<void> {
  if (comparison.than.version === version)
    throw new TrackingRefused(
      'INVALID_PARAMETER_VALUE',
      `Version ${version} of ${name} was compared with itself, which says nothing.`,
    );
  await changeModel(name, async (model, at) => {
    await versionOf(model, version);
    const latest = (await eventsOf(model)).find(
      (event) =>
        event.action === 'compare' &&
        event.version === version &&
        event.comparison?.metric === comparison.metric &&
        event.comparison.than.version === comparison.than.version,
    );
    if (isDeepStrictEqual(latest?.comparison, comparison)) return undefined;
    return {
      model: {},
      writes: [eventWrite(model, { at, action: 'compare', version, by, reason, comparison })],
    };
  });
}

/** Opens or closes the alarm of a monitor. An open one stays as it was. @throws TrackingRefused when there is no such model */
export async function reportDrift(
  name: string,
  { monitor, drifted, reason, by }: Told & { readonly monitor: string; readonly drifted: boolean },
): Promise<void> {
  await changeModel(name, async (model, at) => {
    const { [monitor]: open, ...others } = model.driftAlarms ?? {};
    if ((open !== undefined) === drifted) return undefined;
    const alarm: DriftAlarm = open ?? { monitor, since: at, reason };
    const action = drifted ? 'open-alarm' : 'close-alarm';
    return {
      model: { driftAlarms: drifted ? { ...others, [monitor]: alarm } : others, updatedAt: at },
      writes: [eventWrite(model, { at, action, version: '', by, reason, alarm })],
    };
  });
}
