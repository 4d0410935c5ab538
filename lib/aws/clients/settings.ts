/**
 * AWS SDK clients, one of each per process. Region, credentials and endpoint come from the environment.
 * A function is paid by the millisecond, so what does not answer is given up soon; throttling and passing faults are
 * retried by the SDK with exponential backoff and jitter. The limits leave room for work that holds the processor, during
 * which no answer can be taken. Each client is a file, so that a handler loads only those it uses.
 */
const made = new Map<string, unknown>();

export function once<T>(name: string, make: () => T): T {
  // An endpoint given later (tests, the command line) means other clients.
  const key = `${name} ${process.env['AWS_ENDPOINT_URL'] ?? ''}`;
  if (!made.has(key)) made.set(key, make());
  return made.get(key) as T;
}

/** `requestTimeout` is the longest silence on a connection, not the length of a transfer. */
export const SETTINGS = {
  maxAttempts: 5,
  requestHandler: { connectionTimeout: 5_000, requestTimeout: 30_000 },
};
