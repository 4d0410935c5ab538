/** A limit shortly before the function's own, which kills without a word. */
export class TaskTimedOut extends Error {
  override readonly name = 'Millrace.TaskTimedOut';
}

/** What it takes to record the failure: at most this, at most a fifth of the time. */
const TIME_TO_SAY_SO_MS = 1500;

/**
 * Runs work until shortly before the time is up; then aborts its signal and rejects. Work that holds the processor
 * without a pause cannot be stopped from within: the function's own limit ends it.
 * @param remainingMs until the function is killed
 */
export async function withinDeadline<T>(
  task: string,
  remainingMs: number,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const abort = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(
      () => {
        const error = new TaskTimedOut(
          `Task '${task}' timed out: it is not done after ${Math.round(remainingMs / 1000)} s. Give it a longer timeout, more memory (which is also more processor), or less to do.`,
        );
        // The abort may reject the work at once, and the reason that counts is this one.
        reject(error);
        abort.abort(error);
      },
      remainingMs - Math.min(TIME_TO_SAY_SO_MS, remainingMs / 5),
    );
  });
  try {
    return await Promise.race([late, work(abort.signal)]);
  } finally {
    clearTimeout(timer);
  }
}
