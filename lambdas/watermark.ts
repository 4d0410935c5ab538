/**
 * Which part of a growing source belongs to which logical date.
 *
 * 1. Parts do not overlap and leave nothing out: each begins where that of the latest earlier date ends.
 * 2. A date that has its part keeps it: a retry, a redrive or a rerun reads the same one.
 * 3. It is recorded before anything is stored; two runs at once cannot record the same part (the task's state compares
 *    and sets).
 */
import { DoNotRetry } from '../lib/model/errors';
import type { TaskContext } from '../lib/runtime/task-context';

type Mark = { logicalDate: string; low: string | null; high: string | null };

export interface Range {
  readonly low: string | null;
  /** `undefined` until `end` is called. */
  readonly high: string | null | undefined;
  /** Records where the part ends. */
  end(high: string | null): Promise<void>;
}

/** Dates whose parts are known. Older ones cannot be read again. */
const KEPT = 100;

/** @throws DoNotRetry for a date whose part is forgotten */
export async function rangeOf({ run, state, task }: TaskContext, start: string | undefined): Promise<Range> {
  const marks = (await state.get<Mark[]>('watermark')) ?? [];
  const own = marks.find(({ logicalDate }) => logicalDate === run.logicalDate);
  if (own !== undefined) return { low: own.low, high: own.high, end: async () => {} };
  const earlier = marks.findLast(({ logicalDate }) => logicalDate < run.logicalDate);
  const later = marks.find(({ logicalDate }) => logicalDate > run.logicalDate);
  if (earlier === undefined && marks.length >= KEPT)
    throw new DoNotRetry(
      `Task '${task}' of ${run.pipeline} remembers the parts of its ${KEPT} newest dates, and ${run.logicalDate} is before them. Read it without a watermark.`,
    );
  const low = earlier?.high ?? start ?? null;
  const record = async (high: string | null) => {
    const all = [...marks, { logicalDate: run.logicalDate, low, high }];
    all.sort((a, b) => (a.logicalDate < b.logicalDate ? -1 : 1));
    await state.set('watermark', all.slice(-KEPT));
  };
  if (later === undefined) return { low, high: undefined, end: record };
  // What lies between belongs to the later date already.
  await record(later.low);
  return { low, high: later.low, end: async () => {} };
}
