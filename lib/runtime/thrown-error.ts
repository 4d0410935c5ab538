import { DoNotRetry, NON_RETRYABLE } from '../model/errors';

/**
 * An error as it leaves the function. Machines know the names of `NON_RETRYABLE`; any other fault that a retry cannot
 * mend leaves under the common name, with its own in front of the message.
 */
export function thrownError(thrown: unknown): Error {
  if (!(thrown instanceof Error)) {
    return new Error(`The handler threw ${described(thrown)} instead of an Error.`, { cause: thrown });
  }
  if (!(thrown instanceof DoNotRetry) || (NON_RETRYABLE as readonly string[]).includes(thrown.name))
    return thrown;
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
