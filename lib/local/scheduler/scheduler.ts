/**
 * EventBridge Scheduler on this machine. When a schedule rang is written down after its target has answered: what rang
 * while nobody was there, or was cut off, rings once at the next start, as a late delivery.
 */
import type { Database, RootDatabase } from 'lmdb';
import type { Clock } from '../clock';
import { nextOccurrence } from './next-occurrence';

export interface ScheduleRecord {
  readonly name: string;
  readonly expression: string;
  readonly timeZone: string;
  readonly enabled: boolean;
  readonly targetArn: string;
  readonly input: string;
}

interface StoredSchedule extends ScheduleRecord {
  readonly createdAt: number;
  /** The last time that it rang, milliseconds since 1970. */
  readonly rangAt: number;
}

export interface SchedulerOptions {
  readonly root: RootDatabase;
  readonly clock: Clock;
  readonly deliver: (targetArn: string, payload: string) => Promise<void>;
}

export class Scheduler {
  private readonly schedules: Database<StoredSchedule, string>;
  private readonly cancels = new Map<string, () => void>();
  private running = false;

  constructor(private readonly options: SchedulerOptions) {
    this.schedules = options.root.openDB({ name: 'scheduler.schedules', encoding: 'json' });
  }

  /** Makes or changes a schedule; one that stays the same keeps its time. */
  put(schedule: ScheduleRecord): void {
    const now = this.options.clock.now();
    const known = this.schedules.get(schedule.name);
    const same = known?.expression === schedule.expression && known.timeZone === schedule.timeZone;
    this.write({ ...schedule, ...(same ? { createdAt: known.createdAt, rangAt: known.rangAt } : { createdAt: now, rangAt: now }) }); // prettier-ignore
    if (this.running) this.appoint(schedule.name);
  }

  /** Removes what a deployment no longer has. */
  retain(names: ReadonlySet<string>): void {
    for (const name of [...this.schedules.getKeys({})].map(String)) {
      if (names.has(name)) continue;
      this.cancels.get(name)?.();
      this.cancels.delete(name);
      this.options.root.transactionSync(() => void this.schedules.remove(name));
    }
  }

  list(): (ScheduleRecord & { readonly next: number | undefined })[] {
    return [...this.schedules.getRange({})].map(({ value }) => ({
      ...value,
      next: value.enabled ? nextOccurrence(value, this.options.clock.now()) : undefined,
    }));
  }

  start(): void {
    this.running = true;
    for (const name of this.schedules.getKeys({})) this.appoint(String(name));
  }

  stop(): void {
    this.running = false;
    for (const cancel of this.cancels.values()) cancel();
    this.cancels.clear();
  }

  private appoint(name: string): void {
    this.cancels.get(name)?.();
    this.cancels.delete(name);
    const schedule = this.schedules.get(name);
    if (schedule === undefined || !schedule.enabled) return;
    const next = nextOccurrence(schedule, schedule.rangAt);
    if (next === undefined) return;
    this.cancels.set(
      name,
      this.options.clock.at(next, () => void this.ring(name)),
    );
  }

  private async ring(name: string): Promise<void> {
    const schedule = this.schedules.get(name);
    if (schedule === undefined || !this.running) return;
    const due = nextOccurrence(schedule, schedule.rangAt) ?? this.options.clock.now();
    // What was missed rings once, at its last time.
    let time = due;
    for (let next = nextOccurrence(schedule, time); next !== undefined && next <= this.options.clock.now();) {
      time = next;
      next = nextOccurrence(schedule, time);
    }
    const payload = schedule.input.replaceAll('<aws.scheduler.scheduled-time>', new Date(time).toISOString());
    try {
      await this.options.deliver(schedule.targetArn, payload);
    } catch {
      // The target is gone or failed; the next ring comes all the same.
    }
    if (!this.running) return;
    const current = this.schedules.get(name);
    if (current !== undefined) this.write({ ...current, rangAt: time });
    this.appoint(name);
  }

  private write(schedule: StoredSchedule): void {
    this.options.root.transactionSync(() => void this.schedules.put(schedule.name, schedule));
  }
}
