/** When a test drives the clock, it moves on only after everything that the moment before set off has ended. */
import { setImmediate as turn, setTimeout as pause } from 'node:timers/promises';

/** What may be at work. */
export interface Busy {
  readonly busy: boolean;
}

/** One ends and sets off another some turns of the event loop later: a queue, a write, an event. */
const TURNS = 10;
const PAUSE_MS = 2;

/** Waits until nobody is at work, for some turns of the event loop on end. */
export async function quiet(all: readonly Busy[]): Promise<void> {
  for (let turns = 0; turns < TURNS;) {
    if (all.some(({ busy }) => busy)) {
      turns = 0;
      await pause(PAUSE_MS);
    } else {
      turns++;
      await turn();
    }
  }
}
