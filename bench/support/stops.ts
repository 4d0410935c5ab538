/** What a benchmark has started, ended in reverse order whatever way it ends itself: done, failed or interrupted. */
type Stop = () => void | Promise<void>;

const SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

export class Stops {
  private readonly stops: Stop[] = [];
  private ending: Promise<void> | undefined;

  add(stop: Stop): void {
    this.stops.push(stop);
  }

  /** Each is called once, and one that fails keeps no other from being called. Whoever asks again waits for the same end. */
  async all(): Promise<void> {
    this.ending ??= this.endAll();
    return this.ending;
  }

  private async endAll(): Promise<void> {
    for (let stop = this.stops.pop(); stop !== undefined; stop = this.stops.pop()) {
      try {
        await stop();
      } catch (error) {
        process.stderr.write(`What was started could not be ended: ${String(error)}\n`);
      }
    }
  }
}

/** Does the work; then, or when a signal comes, ends what it has started. The process ends with the signal's code. */
export async function stoppingAll(work: (stops: Stops) => Promise<void>): Promise<void> {
  const stops = new Stops();
  let interrupted = false;
  for (const [signal, code] of Object.entries(SIGNALS))
    process.once(signal, () => {
      interrupted = true;
      process.stderr.write(`${signal}: ending what was started.\n`);
      void stops.all().finally(() => process.exit(code));
    });
  try {
    await work(stops);
  } catch (error) {
    // What was asked has gone, so that asking fails.
    if (!interrupted) throw error;
  } finally {
    await stops.all();
  }
}
