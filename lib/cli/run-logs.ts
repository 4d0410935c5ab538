import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { CliError, EXIT } from './cli-error';
import type { Connection } from './connect';
import type { RunView } from './run-view';
import { didYouMean } from './suggest';
import { summaryOf } from './summary-of';

export interface RunLogLine {
  /** ISO instant. */
  readonly time: string;
  readonly task: string;
  readonly level: string;
  readonly text: string;
  /** The line as it was written. */
  readonly message: string;
}

/** Lines that the functions of a run logged, in order of time. */
export async function readRunLogs(
  connection: Connection,
  run: RunView,
  task: string | undefined,
): Promise<RunLogLine[]> {
  const ids = run.tasks.map((candidate) => candidate.id);
  if (task !== undefined && !ids.includes(task)) {
    throw new CliError(`The run has no task '${task}'.`, {
      code: EXIT.usage,
      remedy: `${didYouMean(task, ids)}Tasks: ${ids.join(', ')}.`,
    });
  }
  const functions = summaryOf(connection, run.pipeline)?.functions ?? [];
  const groups = functions
    .filter((spec) => task === undefined || spec.tasks.includes(task))
    .map((spec) => spec.logGroup);
  const client = new CloudWatchLogsClient({});
  try {
    const lines = (await Promise.all(groups.map((group) => readGroup(client, group, run)))).flat();
    return lines
      .filter((line) => task === undefined || line.task === task)
      .sort((a, b) => a.time.localeCompare(b.time));
  } finally {
    client.destroy();
  }
}

async function readGroup(
  client: CloudWatchLogsClient,
  logGroupName: string,
  run: RunView,
): Promise<RunLogLine[]> {
  const lines: RunLogLine[] = [];
  let nextToken: string | undefined;
  do {
    const page = await client.send(
      new FilterLogEventsCommand({
        logGroupName,
        filterPattern: `"${run.runId}"`,
        startTime: Date.parse(run.startedAt) - 1000,
        nextToken,
      }),
    );
    for (const event of page.events ?? []) {
      const line = parseLine(event.message ?? '', event.timestamp ?? 0);
      if (line !== undefined) lines.push(line);
    }
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  return lines;
}

function parseLine(message: string, timestamp: number): RunLogLine | undefined {
  try {
    const parsed = JSON.parse(message) as {
      timestamp?: string;
      level?: string;
      message?: string;
      task?: string;
      error?: { message?: string };
    };
    if (parsed.level === undefined) return undefined;
    const error = parsed.error?.message;
    return {
      time: parsed.timestamp ?? new Date(timestamp).toISOString(),
      task: parsed.task ?? '',
      level: parsed.level,
      text: `${parsed.message ?? ''}${error === undefined ? '' : `: ${error}`}`,
      message,
    };
  } catch {
    return { time: new Date(timestamp).toISOString(), task: '', level: '', text: message, message };
  }
}
