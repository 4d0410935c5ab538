/**
 * When a schedule is due, and which data interval is meant.
 *
 * As in Airflow, a tick ends a data interval: the run that becomes due at T covers the time from the tick before to T,
 * and the first run becomes due one interval after the start date. Cron is evaluated in its time zone: a tick that
 * daylight saving skips comes at the moment after the gap, one that it repeats comes once.
 */
import { Cron } from 'croner';
import type { Policy, Schedule } from '../model/schedule';

export interface Tick {
  /** When the run becomes due; all instants in milliseconds since 1970. */
  readonly due: number;
  readonly intervalStart: number;
  readonly intervalEnd: number;
  readonly logicalDate: number;
}

export class Timetable {
  private readonly cron: Cron | undefined;
  private readonly first: number;
  private readonly last: number;

  constructor(private readonly policy: Policy) {
    const { schedule } = policy;
    if (schedule.kind === 'cron')
      this.cron = new Cron(schedule.expression, { timezone: schedule.timeZone, paused: true });
    const zone = schedule.kind === 'cron' ? schedule.timeZone : 'UTC';
    this.first =
      policy.startDate === undefined ? Number.NEGATIVE_INFINITY : instantOf(policy.startDate, zone);
    this.last = policy.endDate === undefined ? Number.POSITIVE_INFINITY : instantOf(policy.endDate, zone);
  }

  /** The latest tick at or before an instant. */
  latest(at: number): Tick | undefined {
    const due = this.dueAtOrBefore(at);
    return due === undefined ? undefined : this.tickAt(due);
  }

  /** Ticks after one instant up to another, oldest first, at most `limit`. */
  *between(after: number, until: number, limit = Number.POSITIVE_INFINITY): Generator<Tick> {
    // Nothing is due before the start date has come.
    let due = this.dueAfter(Math.max(after, this.first - 1));
    for (let found = 0; due !== undefined && due <= until && found < limit;) {
      const tick = this.tickAt(due);
      if (tick !== undefined) {
        found++;
        yield tick;
      } else if (due > this.last) return;
      due = this.dueAfter(due);
    }
  }

  /** When the next run becomes due. */
  next(after: number): Tick | undefined {
    return this.between(after, after + FAR, 1).next().value as Tick | undefined;
  }

  private tickAt(due: number): Tick | undefined {
    const start = this.policy.schedule.kind === 'once' ? due : this.dueAtOrBefore(due - 1);
    if (start === undefined || start < this.first || start > this.last) return undefined;
    return {
      due,
      intervalStart: start,
      intervalEnd: due,
      logicalDate: this.policy.logicalDate === 'run-time' ? due : start,
    };
  }

  private dueAfter(instant: number): number | undefined {
    const { schedule } = this.policy;
    switch (schedule.kind) {
      case 'cron':
        return this.cron?.nextRun(new Date(clamp(instant)))?.getTime();
      case 'interval':
        return (
          this.anchor +
          (Math.floor((clamp(instant) - this.anchor) / this.step(schedule)) + 1) * this.step(schedule)
        );
      case 'once':
        return Number.isFinite(this.first) && this.first > instant ? this.first : undefined;
      case 'none':
        return undefined;
    }
  }

  private dueAtOrBefore(instant: number): number | undefined {
    const { schedule } = this.policy;
    switch (schedule.kind) {
      case 'cron':
        // Asked for what came before, croner leaves the second itself out.
        return this.cron?.previousRuns(1, new Date(Math.floor(instant / 1000) * 1000 + 1000))[0]?.getTime();
      case 'interval':
        return this.anchor + Math.floor((instant - this.anchor) / this.step(schedule)) * this.step(schedule);
      case 'once':
        return Number.isFinite(this.first) && this.first <= instant ? this.first : undefined;
      case 'none':
        return undefined;
    }
  }

  /** Intervals are counted from the start date. */
  private get anchor(): number {
    return Number.isFinite(this.first) ? this.first : 0;
  }

  private step(schedule: Extract<Schedule, { kind: 'interval' }>): number {
    return schedule.seconds * 1000;
  }
}

const FAR = 10 * 366 * 86_400_000;

/** Before 1970 nothing is scheduled; croner knows no infinite dates. */
function clamp(instant: number): number {
  return Math.max(instant, 0);
}

/** A date is its midnight in the zone of the schedule; an instant is itself. */
export function instantOf(date: string, zone: string): number {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(date)) return Date.parse(date);
  // Midnight in the zone: where the clock there shows the date and midnight for the first time.
  const utc = Date.parse(`${date}T00:00:00Z`);
  const shown = offsetAt(utc, zone);
  const guess = utc - shown;
  return utc - offsetAt(guess, zone);
}

/** Milliseconds by which the clocks of a zone are ahead of UTC. */
function offsetAt(instant: number, zone: string): number {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  }).formatToParts(instant);
  const part = (type: string) => Number(parts.find((candidate) => candidate.type === type)?.value);
  return (
    Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second')) -
    Math.floor(instant / 1000) * 1000
  );
}
