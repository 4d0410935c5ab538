import type { Retrier } from './definition';
import { matches, type StatesError } from './states-error';

/** Milliseconds until the next attempt, or nothing when there is none. Counts the attempt in `retries`, one count per retrier. */
export function nextAttempt(
  retriers: readonly Retrier[],
  retries: number[],
  error: StatesError,
): number | undefined {
  const i = retriers.findIndex((retrier) => matches(retrier.ErrorEquals, error.error));
  const retrier = retriers[i];
  if (retrier === undefined) return undefined;
  const done = retries[i] ?? 0;
  if (done >= (retrier.MaxAttempts ?? 3)) return undefined;
  retries[i] = done + 1;
  const seconds = Math.min(
    (retrier.IntervalSeconds ?? 1) * (retrier.BackoffRate ?? 2) ** done,
    retrier.MaxDelaySeconds ?? Number.POSITIVE_INFINITY,
  );
  return seconds * 1000 * (retrier.JitterStrategy === 'FULL' ? Math.random() : 1);
}
