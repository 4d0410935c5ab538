/**
 * What the tasks of a run logged, as one object that outlives CloudWatch's retention:
 * `logs/<date of its start>/<pipeline>/<run id>.jsonl.gz`, a line of JSON for each line of the logs.
 */
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { CloudWatchLogsClient, DescribeLogGroupsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { resourceNames } from '../aws/environment';
import { ObjectNotFound } from '../aws/object-errors';
import type { ObjectStore } from '../aws/object-store';
import { orchestrationTable } from '../aws/tables';
import { ARCHIVE_PREFIX } from '../model/log-archive';
import { readJobLogs } from './job-logs';
import { unarchivedBefore, unarchivedKey } from './keys';
import { readRun } from './read-run';
import { readRunLogs, type RunLogLine } from './run-logs';
import type { RunListing } from './run-record';

/** Lines may come some minutes after the end. */
const SETTLED_MS = 10 * 60_000;

const zip = promisify(gzip);
const unzip = promisify(gunzip);

type ArchivedRun = Pick<RunListing, 'runId' | 'pipeline' | 'startedAt'>;

export interface ArchiveOptions {
  readonly objects: ObjectStore;
  readonly now: () => number;
  /** False when the time is over; the next round goes on. */
  readonly goOn: () => boolean;
}

/** What `closeRun` leaves when a run ends. */
interface Unarchived extends ArchivedRun {
  /** ISO instant. */
  readonly endedAt: string;
}

/**
 * Archives the logs of all runs that ended since the last round; those that ran again, again. Returns their ids.
 * A run whose logs cannot be read does not keep the others: it stays for the next round.
 * @throws CannotArchive after all others
 */
export async function archiveLogs(options: ArchiveOptions): Promise<string[]> {
  const archived: string[] = [];
  const failed: { readonly runId: string; readonly error: unknown }[] = [];
  const groups = new Map<string, readonly string[]>();
  for (const { endedAt, ...run } of await due(options.now())) {
    if (!options.goOn()) break;
    try {
      if (!archived.includes(run.runId)) {
        if (!groups.has(run.pipeline)) groups.set(run.pipeline, await groupsOf(run.pipeline));
        await archiveRun(run, groups.get(run.pipeline) ?? [], options.objects);
        archived.push(run.runId);
      }
      // Last: a round that is cut off before archives the run again.
      await orchestrationTable().delete(unarchivedKey(endedAt, run.runId));
    } catch (error) {
      failed.push({ runId: run.runId, error });
    }
  }
  if (failed.length > 0) throw new CannotArchive(failed);
  return archived;
}

/** Its alarm is that of the function. The lines are in CloudWatch still. */
export class CannotArchive extends Error {
  override readonly name = 'Millrace.CannotArchive';

  constructor(failed: readonly { readonly runId: string; readonly error: unknown }[]) {
    const [first] = failed;
    const why = first?.error instanceof Error ? `${first.error.name}: ${first.error.message}` : '';
    super(
      `The logs of ${failed.length} run${failed.length === 1 ? '' : 's'} could not be archived, ${first?.runId} because of ${why}. They are tried again in an hour.`,
      { cause: first?.error },
    );
  }
}

async function due(now: number): Promise<Unarchived[]> {
  return orchestrationTable().query<Unarchived>(unarchivedBefore(new Date(now - SETTLED_MS).toISOString()));
}

async function archiveRun(
  { runId, pipeline, startedAt }: ArchivedRun,
  groups: readonly string[],
  objects: ObjectStore,
): Promise<void> {
  const jobs = ((await readRun(runId))?.tasks ?? []).flatMap(({ task, job }) =>
    job?.log === undefined ? [] : [{ task, log: job.log }],
  );
  const [lines, printed] = await Promise.all([
    readRunLogs({ runId, startedAt }, groups),
    readJobLogs(startedAt, jobs),
  ]);
  const all = [...lines, ...printed].sort((a, b) => a.time.localeCompare(b.time));
  const text = all.map((line) => `${JSON.stringify(line)}\n`).join('');
  await objects.putBytes(archiveKey({ runId, pipeline, startedAt }), await zip(text), {
    contentType: 'application/gzip',
  });
}

/** Lines of the archive; none when the run is not in it. */
export async function readArchivedLogs(
  objects: Pick<ObjectStore, 'getBytes'>,
  run: ArchivedRun,
): Promise<RunLogLine[]> {
  try {
    const text = (await unzip(await objects.getBytes(archiveKey(run)))).toString('utf8');
    return text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as RunLogLine);
  } catch (error) {
    if (error instanceof ObjectNotFound) return [];
    throw error;
  }
}

function archiveKey({ runId, pipeline, startedAt }: ArchivedRun): string {
  return `${ARCHIVE_PREFIX}${startedAt.slice(0, 10)}/${pipeline}/${runId}.jsonl.gz`;
}

/** Log groups of a pipeline's functions and containers. */
async function groupsOf(pipeline: string): Promise<string[]> {
  const client = new CloudWatchLogsClient({});
  try {
    const groups: string[] = [];
    let nextToken: string | undefined;
    do {
      const page = await client.send(
        new DescribeLogGroupsCommand({
          logGroupNamePrefix: `/millrace/${resourceNames().stage}/${pipeline}/`,
          nextToken,
        }),
      );
      for (const { logGroupName } of page.logGroups ?? [])
        if (logGroupName !== undefined) groups.push(logGroupName);
      nextToken = page.nextToken;
    } while (nextToken !== undefined);
    return groups;
  } finally {
    client.destroy();
  }
}
