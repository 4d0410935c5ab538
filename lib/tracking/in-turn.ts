/**
 * One after the other, in this process, for things that change under a revision: of many who change the same one at once, all
 * but one would have to read it again. Correctness never rests on it, as other processes write too.
 */
const last = new Map<string, Promise<unknown>>();

/** Does the work when all that was asked under the key before has ended, however it ended. */
export async function inTurn<T>(key: string, work: () => Promise<T>): Promise<T> {
  const before = last.get(key) ?? Promise.resolve();
  const mine = before.then(work, work);
  const settled = mine.catch(() => undefined);
  last.set(key, settled);
  try {
    return await mine;
  } finally {
    if (last.get(key) === settled) last.delete(key);
  }
}
