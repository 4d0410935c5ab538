/**
 * The slots of `maxActiveRuns`: who runs, in one item per pipeline.
 *
 * 1. Every change is conditional on the version that was read, so that no two take the last slot.
 * 2. Taking or releasing twice is the same as once.
 * 3. A slot whose execution has ended without a word is freed by the sweep.
 */
import { pauseBefore } from '../aws/pause';
import { TableBusy } from '../aws/dynamo-table';
import { orchestrationTable } from '../aws/tables';
import { pipelineKey, slotsKey } from './keys';

export interface Slots {
  readonly version: number;
  /** By run id. */
  readonly holders: Readonly<Record<string, Holder>>;
}

export interface Holder {
  readonly execution: string;
  /** ISO instant. */
  readonly since: string;
  /** Run of a schedule or a backfill: it has a past. */
  readonly dated?: boolean;
  readonly backfill?: string;
}

const NONE: Slots = { version: 0, holders: {} };
const MAX_ATTEMPTS = 30;

export async function readSlots(pipeline: string): Promise<Slots> {
  return (await orchestrationTable().get<Slots>(slotsKey(pipeline))) ?? NONE;
}

/** Changes the holders; a change that returns `undefined` leaves them. Returns what holds then. */
export async function changeSlots(
  pipeline: string,
  change: (slots: Slots) => Slots['holders'] | undefined,
): Promise<Slots> {
  const table = orchestrationTable();
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    if (attempt > 0) await pauseBefore(attempt);
    const slots = await readSlots(pipeline);
    const holders = change(slots);
    if (holders === undefined) return slots;
    const next: Slots = { version: slots.version + 1, holders };
    if (slots.version === 0) await table.put({ ...pipelineKey(pipeline), pipeline });
    const written = await table.put(
      { ...slotsKey(pipeline), ...next },
      slots.version === 0
        ? { ConditionExpression: 'attribute_not_exists(pk)' }
        : {
            ConditionExpression: '#version = :version',
            ExpressionAttributeNames: { '#version': 'version' },
            ExpressionAttributeValues: { ':version': slots.version },
          },
    );
    if (written) return next;
  }
  throw new TableBusy(table.name);
}

/** For a run that started without asking, by hand in the console: it counts, and nothing holds it back. */
export async function occupySlot(pipeline: string, runId: string, holder: Holder): Promise<void> {
  await changeSlots(pipeline, ({ holders }) =>
    holders[runId]?.execution === holder.execution ? undefined : { ...holders, [runId]: holder },
  );
}

/** Frees the slot of an execution; that of a later execution of the same run stays. */
export async function releaseSlot(pipeline: string, execution: string): Promise<void> {
  await changeSlots(pipeline, ({ holders }) => {
    const kept = Object.entries(holders).filter(([, holder]) => holder.execution !== execution);
    return kept.length === Object.keys(holders).length ? undefined : Object.fromEntries(kept);
  });
}
