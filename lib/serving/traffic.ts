/** Which version answers a request, as a function of the state of the endpoint and the time: nothing has to tick. */
import { createHash } from 'node:crypto';

/** How traffic goes over to a new version. */
export type Strategy =
  | { readonly kind: 'all-at-once' }
  /** A share for some time, then everything. */
  | { readonly kind: 'canary'; readonly percent: number; readonly seconds: number }
  /** A share more after each interval. */
  | { readonly kind: 'linear'; readonly percent: number; readonly everySeconds: number };

export interface Candidate {
  readonly version: string;
  readonly strategy: Strategy;
  /** ISO instant at which the shift began; `null`: held, it only answers requests that ask for it. */
  readonly shiftingSince: string | null;
  /** Its shift begins by itself as soon as its target says that it runs. @default false */
  readonly whenReady?: boolean;
}

export type Slot = 'stable' | 'candidate' | 'shadow';

/** Share of requests that the candidate answers, 0 to 1. */
export function candidateShare(candidate: Candidate | undefined, now: number): number {
  if (candidate === undefined || candidate.shiftingSince === null) return 0;
  const seconds = (now - Date.parse(candidate.shiftingSince)) / 1000;
  const { strategy } = candidate;
  switch (strategy.kind) {
    case 'all-at-once':
      return 1;
    case 'canary':
      return seconds >= strategy.seconds ? 1 : strategy.percent / 100;
    case 'linear':
      return Math.min(1, (strategy.percent / 100) * (1 + Math.floor(seconds / strategy.everySeconds)));
  }
}

/** ISO instant at which the candidate has all traffic; `null` while it is held. */
export function shiftEnds({ strategy, shiftingSince }: Candidate): string | null {
  if (shiftingSince === null) return null;
  const seconds =
    strategy.kind === 'canary'
      ? strategy.seconds
      : strategy.kind === 'linear'
        ? (Math.ceil(100 / strategy.percent) - 1) * strategy.everySeconds
        : 0;
  return new Date(Date.parse(shiftingSince) + seconds * 1000).toISOString();
}

/** A number in [0, 1) that follows from the request: a repetition comes to the same version. */
export function pointOf(key: string): number {
  return createHash('sha256').update(key).digest().readUInt32BE(0) / 2 ** 32;
}
