/** What the functions of a run logged. */
import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';

export interface RunLogLine {
  /** ISO instant. */
  readonly time: string;
  readonly task: string;
  readonly level: string;
  readonly text: string;
  /** The line as it was written. */
  readonly message: string;
}

export interface LoggedRun {
  readonly runId: string;
  /** ISO instant; what was logged before belongs to other runs. */
  readonly startedAt: string;
}

/** Lines of a run in some log groups, in order of time. */
export async function readRunLogs(run: LoggedRun, groups: readonly string[]): Promise<RunLogLine[]> {
  const client = new CloudWatchLogsClient({});
  try {
    const lists = await Promise.all([...new Set(groups)].map((group) => readGroup(client, group, run)));
    return lists.flat().sort((a, b) => a.time.localeCompare(b.time));
  } finally {
    client.destroy();
  }
}

interface LoggedLine {
  readonly stream: string;
  readonly timestamp: number;
  readonly message: string;
}

/** What a structured line says of itself. */
interface Entry {
  readonly timestamp?: string;
  readonly level?: string;
  readonly message?: string;
  readonly task?: string;
  readonly function_request_id?: string;
  readonly error?: { readonly message?: string };
}

/**
 * Structured lines carry the run id; they tell which invocations are the run's. What a handler prints by itself, and
 * what Lambda says of one that ran out of time or exited, stands after the START of such an invocation.
 */
async function readGroup(client: CloudWatchLogsClient, group: string, run: LoggedRun): Promise<RunLogLine[]> {
  const tasks = new Map<string, string>();
  const streams = new Set<string>();
  for (const line of await filter(client, group, run, { filterPattern: `"${run.runId}"` })) {
    const entry = parseEntry(line.message);
    if (entry?.function_request_id === undefined) continue;
    tasks.set(entry.function_request_id, entry.task ?? '');
    streams.add(line.stream);
  }
  const lists = await Promise.all(
    [...streams].map((stream) => filter(client, group, run, { logStreamNames: [stream] })),
  );
  return lists.flatMap((lines) => linesOf(lines, tasks));
}

/** Lines of one stream that belong to the invocations. */
function linesOf(lines: readonly LoggedLine[], tasks: ReadonlyMap<string, string>): RunLogLine[] {
  const found: RunLogLine[] = [];
  let current: string | undefined;
  for (const { timestamp, message } of lines) {
    if (message.startsWith('{"_aws":')) continue; // metrics in their embedded format
    const platform = /^(START|END|REPORT) RequestId: ([\w-]+)/.exec(message);
    if (platform !== null) {
      // Lambda's word on a timeout, and lines that were on their way, may follow the END.
      if (platform[1] === 'START') current = platform[2];
      continue;
    }
    const task = current === undefined ? undefined : tasks.get(current);
    if (task === undefined) continue;
    const entry = parseEntry(message);
    const error = entry?.error?.message;
    found.push({
      time: entry?.timestamp ?? new Date(timestamp).toISOString(),
      task: entry?.task ?? task,
      level: entry?.level ?? '',
      text:
        entry === undefined
          ? message.trimEnd()
          : `${entry.message ?? ''}${error === undefined ? '' : `: ${error}`}`,
      message,
    });
  }
  return found;
}

async function filter(
  client: CloudWatchLogsClient,
  logGroupName: string,
  run: LoggedRun,
  by: { readonly filterPattern: string } | { readonly logStreamNames: string[] },
): Promise<LoggedLine[]> {
  const lines: LoggedLine[] = [];
  let nextToken: string | undefined;
  do {
    const page = await client.send(
      new FilterLogEventsCommand({
        logGroupName,
        ...by,
        startTime: Date.parse(run.startedAt) - 1000,
        nextToken,
      }),
    );
    for (const { logStreamName = '', timestamp = 0, message = '' } of page.events ?? [])
      lines.push({ stream: logStreamName, timestamp, message });
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  return lines;
}

/** A line of the logger. */
function parseEntry(message: string): Entry | undefined {
  try {
    const entry = JSON.parse(message) as Entry | null;
    return entry?.level === undefined ? undefined : entry;
  } catch {
    return undefined;
  }
}
