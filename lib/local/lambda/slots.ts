/** Is told when work has to wait for its turn, and when it begins. */
export interface Turn {
  waits(): void;
  begins(): void;
}

/** So many at the same time; the others wait in the order in which they came. */
export class Slots {
  private busy = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(private readonly size: number) {}

  /** Runs the work when there is a slot. */
  async within<T>(work: () => Promise<T>, turn?: Turn): Promise<T> {
    if (this.busy < this.size) this.busy++;
    else {
      turn?.waits();
      await new Promise<void>((resolve) => this.waiting.push(resolve));
      turn?.begins();
    }
    try {
      return await work();
    } finally {
      // The slot goes from hand to hand: nobody who comes later takes it on the way.
      const next = this.waiting.shift();
      if (next === undefined) this.busy--;
      else next();
    }
  }
}
