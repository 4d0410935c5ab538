/**
 * How an attempt that took too long ends: as Step Functions calls it, as the runtime does shortly before the function is
 * killed, and as Lambda does when the runtime could not say so (a handler that holds the processor).
 */
export const TIMEOUT_ERRORS = ['States.Timeout', 'Millrace.TaskTimedOut', 'Sandbox.Timedout'] as const;

/**
 * The errors of a rule, where `States.Timeout` stands for every name of a timeout.
 * @param elsewhere what other rules name themselves, which stays theirs
 */
export function withTimeouts(errors: readonly string[], elsewhere: readonly string[] = []): string[] {
  if (!errors.includes('States.Timeout')) return [...errors];
  const meant = TIMEOUT_ERRORS.filter((name) => !elsewhere.includes(name));
  return [...new Set([...errors, ...meant])];
}
