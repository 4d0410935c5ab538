/** Time as the local cloud sees it: real, or driven by a test. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Runs something at a time, at once when it has passed. Returns a function that cancels it. */
  at(time: number, run: () => void): () => void;
}

const LONGEST_TIMEOUT_MS = 2 ** 31 - 1;

export function systemClock(): Clock {
  return {
    now: Date.now,
    at: (time, run) => {
      let timer: NodeJS.Timeout;
      // setTimeout holds 24.8 days at most.
      const arm = () => {
        const left = time - Date.now();
        timer =
          left > LONGEST_TIMEOUT_MS
            ? setTimeout(arm, LONGEST_TIMEOUT_MS)
            : setTimeout(run, Math.max(0, left));
      };
      arm();
      return () => clearTimeout(timer);
    },
  };
}

/** The real time and so many milliseconds more. */
export function clockAhead(milliseconds: number): Clock {
  const real = systemClock();
  return {
    now: () => real.now() + milliseconds,
    at: (time, run) => real.at(time - milliseconds, run),
  };
}

/** A clock that stands still until `advance` moves it to the next appointment. */
export class VirtualClock implements Clock {
  private appointments: { readonly time: number; readonly run: () => void }[] = [];

  constructor(private time: number) {}

  now(): number {
    return this.time;
  }

  at(time: number, run: () => void): () => void {
    const appointment = { time, run };
    this.appointments.push(appointment);
    this.appointments.sort((a, b) => a.time - b.time);
    return () => {
      this.appointments = this.appointments.filter((other) => other !== appointment);
    };
  }

  /** Moves to the next appointment and keeps it. False when there is none up to `until`. */
  advance(until = Number.POSITIVE_INFINITY): boolean {
    const next = this.appointments[0];
    if (next === undefined || next.time > until) return false;
    this.appointments.shift();
    this.time = Math.max(this.time, next.time);
    next.run();
    return true;
  }
}
