/** What the containers of a run printed, where the records of its tasks say that it lies. */
import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import type { RecordedJob } from '../model/job';

export interface JobLogLine {
  /** ISO instant. */
  readonly time: string;
  readonly task: string;
  readonly level: string;
  readonly text: string;
  /** The line as it was written. */
  readonly message: string;
}

export interface LoggedJob {
  readonly task: string;
  readonly log: NonNullable<RecordedJob['log']>;
}

/** Lines since an instant, in the order of each job. */
export async function readJobLogs(since: string, jobs: readonly LoggedJob[]): Promise<JobLogLine[]> {
  if (jobs.length === 0) return [];
  const client = new CloudWatchLogsClient({});
  try {
    return (await Promise.all(jobs.map((job) => readJob(client, since, job)))).flat();
  } finally {
    client.destroy();
  }
}

async function readJob(
  client: CloudWatchLogsClient,
  since: string,
  { task, log }: LoggedJob,
): Promise<JobLogLine[]> {
  const lines: JobLogLine[] = [];
  let nextToken: string | undefined;
  do {
    const page = await client.send(
      new FilterLogEventsCommand({
        logGroupName: log.group,
        logStreamNamePrefix: log.stream,
        startTime: Date.parse(since) - 1000,
        nextToken,
      }),
    );
    for (const { timestamp = 0, message = '' } of page.events ?? [])
      if (!message.startsWith('{"_aws":')) lines.push(lineOf(task, timestamp, message));
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  return lines;
}

/** A line of the logger says more of itself than its text. */
function lineOf(task: string, timestamp: number, message: string): JobLogLine {
  const plain = {
    time: new Date(timestamp).toISOString(),
    task,
    level: '',
    text: message.trimEnd(),
    message,
  };
  if (!message.startsWith('{')) return plain;
  try {
    const entry = JSON.parse(message) as {
      readonly level?: string;
      readonly timestamp?: string;
      readonly message?: string;
      readonly error?: { readonly message?: string };
    };
    if (entry.level === undefined) return plain;
    const error = entry.error?.message;
    return {
      ...plain,
      time: entry.timestamp ?? plain.time,
      level: entry.level,
      text: `${entry.message ?? ''}${error === undefined ? '' : `: ${error}`}`,
    };
  } catch {
    return plain;
  }
}
