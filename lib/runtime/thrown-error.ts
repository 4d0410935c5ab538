import { DoNotRetry, NON_RETRYABLE } from '../model/errors';

/**
 * An error as it leaves the function. Machines know the names of `NON_RETRYABLE`; any other fault that a retry cannot
 * mend leaves under the common name, with its own in front of the message.
 * @param named what the machine knows besides, by a rule of the task
 */
export function thrownError(thrown: unknown, named: readonly string[] = []): Error {
  if (!(thrown instanceof Error)) {
    return new Error(`The handler threw ${described(thrown)} instead of an Error.`, { cause: thrown });
  }
  if (!(thrown instanceof DoNotRetry) || [...NON_RETRYABLE, ...named].includes(thrown.name)) return thrown;
  return new DoNotRetry(`${thrown.name}: ${thrown.message}`, { cause: thrown });
}

function described(thrown: unknown): string {
  try {
    return JSON.stringify(thrown) ?? String(thrown);
  } catch {
    // Circular, or with a BigInt in it.
    return `a value of type ${typeof thrown}`;
  }
}
