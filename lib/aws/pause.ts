import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Waits before the next of several attempts: exponential with full jitter, so that those who collided do not meet again
 * (M. Brooker, "Exponential Backoff And Jitter", 2015).
 */
export async function pauseBefore(attempt: number, baseMs = 10, maxMs = 1_000): Promise<void> {
  await sleep(Math.random() * Math.min(maxMs, baseMs * 2 ** attempt));
}
