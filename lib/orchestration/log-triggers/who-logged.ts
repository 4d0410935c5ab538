/** Which task of which run wrote a line. */
import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { readRun } from '../read-run';
import { readSlots } from '../slots';
import type { LogBatch } from './log-batch';

export interface Author {
  readonly run: string;
  readonly task: string;
}

interface Line extends Partial<Author> {
  readonly function_request_id?: string;
}

/** How far back the start of an invocation is looked for: Lambda's longest time, and some minutes. */
const BACK_MS = 20 * 60_000;

/** `undefined` when nothing tells. @param pipeline of the log group */
export async function whoLogged(
  pipeline: string,
  { logGroup, logStream }: Pick<LogBatch, 'logGroup' | 'logStream'>,
  { timestamp, message }: LogBatch['logEvents'][number],
): Promise<Author | undefined> {
  const own = parsed(message);
  if (own?.run !== undefined && own.task !== undefined) return { run: own.run, task: own.task };
  return (
    (await authorOfJob(pipeline, logGroup, logStream)) ??
    (await authorInStream(logGroup, logStream, timestamp))
  );
}

/** A container has a stream of its own, which the record of its task names. */
async function authorOfJob(pipeline: string, group: string, stream: string): Promise<Author | undefined> {
  const { holders } = await readSlots(pipeline);
  for (const run of Object.keys(holders))
    for (const { task, job } of (await readRun(run))?.tasks ?? [])
      if (job?.log?.group === group && stream.startsWith(job.log.stream)) return { run, task };
  return undefined;
}

/** Of a function: what a handler prints by itself stands after the last line of the logger of the same invocation. */
async function authorInStream(
  logGroupName: string,
  stream: string,
  timestamp: number,
): Promise<Author | undefined> {
  const client = new CloudWatchLogsClient({});
  try {
    let found: Author | undefined;
    let nextToken: string | undefined;
    do {
      const page = await client.send(
        new FilterLogEventsCommand({
          logGroupName,
          logStreamNames: [stream],
          startTime: timestamp - BACK_MS,
          endTime: timestamp + 1,
          nextToken,
        }),
      );
      for (const { message = '' } of page.events ?? []) {
        if (message.startsWith('START RequestId:')) found = undefined;
        const { run, task } = parsed(message) ?? {};
        if (run !== undefined && task !== undefined) found = { run, task };
      }
      nextToken = page.nextToken;
    } while (nextToken !== undefined);
    return found;
  } finally {
    client.destroy();
  }
}

function parsed(message: string): Line | undefined {
  if (!message.startsWith('{')) return undefined;
  try {
    return JSON.parse(message) as Line;
  } catch {
    return undefined;
  }
}
