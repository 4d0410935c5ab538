/**
 * Lines of logs to somebody else's store, over HTTPS: newline-delimited JSON, or the bulk format of OpenSearch and
 * Elasticsearch. Where to is a secret of the stage: a URL, or JSON `{ "url", "format", "index", "headers" }`.
 */
import { z } from 'zod';
import { DoNotRetry } from '../model/errors';
import type { LogBatch } from './log-triggers/log-batch';

const destination = z.strictObject({
  /** Plain HTTP only to this machine. */
  url: z
    .url()
    .refine((url) => /^https:|^http:\/\/(127\.0\.0\.1|localhost)[:/]/.test(url), 'must be an https URL'),
  format: z.enum(['ndjson', 'bulk']).default('ndjson'),
  /** Of the bulk format; the date is added. @default millrace */
  index: z
    .string()
    .regex(/^[a-z0-9][a-z0-9._-]*$/)
    .default('millrace'),
  /** E.g. `authorization`. */
  headers: z.record(z.string(), z.string()).default({}),
});
export type LogDestination = z.output<typeof destination>;

/** The secret that says where logs go is not understood. */
export class InvalidLogDestination extends DoNotRetry {
  override readonly name = 'Millrace.InvalidLogDestination';
}

/** The other side did not take the lines. */
export class LogsNotTaken extends Error {
  override readonly name = 'Millrace.LogsNotTaken';
}

/** @throws InvalidLogDestination, which does not tell the secret */
export function readDestination(secret: string): LogDestination {
  const parsed = destination.safeParse(
    secret.trimStart().startsWith('{') ? jsonOf(secret) : { url: secret.trim() },
  );
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'it'}: ${message}`);
  throw new InvalidLogDestination(
    `The secret that says where logs go is wrong (${faults.join('; ')}). Write an https URL, or JSON with url, format (ndjson, bulk), index and headers.`,
  );
}

/** Repeated, the bulk format writes the same documents; lines of the other may come twice. @throws LogsNotTaken */
export async function shipLogs(batch: LogBatch, to: LogDestination): Promise<number> {
  if (batch.messageType !== 'DATA_MESSAGE' || batch.logEvents.length === 0) return 0;
  const bulk = to.format === 'bulk';
  const lines = batch.logEvents.flatMap(({ id, timestamp, message }) => {
    const time = new Date(timestamp).toISOString();
    const line = { '@timestamp': time, group: batch.logGroup, stream: batch.logStream, ...fieldsOf(message) };
    return bulk
      ? [{ index: { _index: `${to.index}-${time.slice(0, 10)}`, _id: `${batch.logStream}#${id}` } }, line]
      : [line];
  });
  const response = await fetch(to.url, {
    method: 'POST',
    headers: { 'content-type': 'application/x-ndjson', ...to.headers },
    body: `${lines.map((line) => JSON.stringify(line)).join('\n')}\n`,
    redirect: 'error',
    signal: AbortSignal.timeout(TIMEOUT_MS),
  }).catch((error: unknown) => {
    throw new LogsNotTaken('The store for logs did not answer.', { cause: error });
  });
  const text = await response.text();
  if (!response.ok)
    throw new LogsNotTaken(
      `The store for logs answered with status ${response.status}: ${text.slice(0, 300)}`,
    );
  if (bulk && refusedIn(text) > 0)
    throw new LogsNotTaken(
      `The store for logs refused ${refusedIn(text)} lines of ${batch.logEvents.length}.`,
    );
  return batch.logEvents.length;
}

const TIMEOUT_MS = 20_000;

/** What a line of the logger says of itself; any other line is a message. */
function fieldsOf(message: string): object {
  const known = message.startsWith('{') ? jsonOf(message) : undefined;
  return typeof known === 'object' && known !== null ? known : { message: message.trimEnd() };
}

/** A bulk request answers with 200 when some of it failed. */
function refusedIn(text: string): number {
  const answer = jsonOf(text) as
    | {
        readonly errors?: boolean;
        readonly items?: readonly { readonly index?: { readonly error?: unknown } }[];
      }
    | undefined;
  return answer?.errors === true
    ? (answer.items ?? []).filter((item) => item.index?.error !== undefined).length
    : 0;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
