/** A failure as `Retry` and `Catch` see it. */
export class StatesError extends Error {
  constructor(
    readonly error: string,
    override readonly cause: string,
  ) {
    super(`${error}: ${cause}`);
    this.name = error;
  }
}

/** Neither may be caught by States.ALL alone, as documented; a Lambda result that is too large may, as recorded. */
const BEYOND_ALL = new Set(['States.Runtime']);

export function matches(patterns: readonly string[], error: string): boolean {
  return patterns.some((pattern) => {
    if (pattern === error) return error !== 'States.Runtime';
    if (pattern === 'States.ALL') return !BEYOND_ALL.has(error);
    if (pattern === 'States.TaskFailed') return error !== 'States.Timeout' && !BEYOND_ALL.has(error);
    return pattern === 'States.Timeout' && error === 'States.HeartbeatTimeout';
  });
}
