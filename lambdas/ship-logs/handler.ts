/** Sends the lines of all tasks' logs to the store that a secret of the stage names. */
import type { CloudWatchLogsEvent } from 'aws-lambda';
import { readSecret } from '../../lib/aws/read-secret';
import { readLogBatch } from '../../lib/orchestration/log-triggers/log-batch';
import { readDestination, shipLogs, type LogDestination } from '../../lib/orchestration/ship-logs';

/** A secret that is changed is used after so long. */
const KNOWN_MS = 5 * 60_000;
let known: { readonly at: number; readonly to: LogDestination } | undefined;

export async function handler(event: CloudWatchLogsEvent): Promise<{ lines: number }> {
  const batch = readLogBatch(event);
  if (known === undefined || Date.now() - known.at > KNOWN_MS) {
    const secret = await readSecret({ secret: process.env['MILLRACE_SHIP_LOGS'] ?? '', store: 'parameter' });
    known = { at: Date.now(), to: readDestination(secret) };
  }
  return { lines: await shipLogs(batch, known.to) };
}
