import type { Clock } from '../clock';

/** Named appointments of one execution: a new one of the same name replaces the old. */
export class Timers {
  private readonly cancels = new Map<string, () => void>();

  constructor(private readonly clock: Clock) {}

  set(name: string, time: number, run: () => void): void {
    this.clear(name);
    this.cancels.set(
      name,
      this.clock.at(time, () => {
        this.cancels.delete(name);
        run();
      }),
    );
  }

  clear(name: string): void {
    this.cancels.get(name)?.();
    this.cancels.delete(name);
  }

  clearAll(): void {
    for (const cancel of this.cancels.values()) cancel();
    this.cancels.clear();
  }
}
