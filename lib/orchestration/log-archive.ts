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
import { allPipelines, archivedLogsKey, expiry } from './keys';
import { listRuns } from './list-runs';
import { readRun } from './read-run';
import { readRunLogs, type RunLogLine } from './run-logs';
import type { RunListing } from './run-record';

/** Lines may come some minutes after the end. */
const SETTLED_MS = 10 * 60_000;
/** Of each pipeline, the newest: older ones were archived by earlier rounds. */
const RUNS = 200;

const zip = promisify(gzip);
const unzip = promisify(gunzip);

export interface ArchiveOptions {
  readonly objects: ObjectStore;
  readonly now: () => number;
  /** False when the time is over; the next round goes on. */
  readonly goOn: () => boolean;
}

/** Archives the logs of all runs that ended since the last round; those that ran again, again. Returns their ids. */
export async function archiveLogs(options: ArchiveOptions): Promise<string[]> {
  const archived: string[] = [];
  for (const { pipeline } of await orchestrationTable().query<{ pipeline: string }>(allPipelines)) {
    const due = (await listRuns(pipeline, RUNS)).filter((run) => isOver(run, options.now()));
    if (due.length === 0) continue;
    let groups: readonly string[] | undefined;
    for (const run of due) {
      if (!options.goOn()) return archived;
      const known = await orchestrationTable().get<{ execution: string }>(archivedLogsKey(run.runId));
      if (known?.execution === run.execution) continue;
      groups ??= await groupsOf(pipeline);
      await archiveRun(run, groups, options);
      archived.push(run.runId);
    }
  }
  return archived;
}

function isOver({ status, endedAt }: RunListing, now: number): boolean {
  return status !== 'running' && endedAt !== undefined && now - Date.parse(endedAt) > SETTLED_MS;
}

async function archiveRun(
  { runId, pipeline, startedAt, execution }: RunListing,
  groups: readonly string[],
  { objects, now }: ArchiveOptions,
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
  // Last: a round that is cut off before archives the run again.
  await orchestrationTable().put({
    ...archivedLogsKey(runId),
    execution,
    lines: all.length,
    ttl: expiry(now()),
  });
}

/** Lines of the archive; none when the run is not in it. */
export async function readArchivedLogs(
  objects: Pick<ObjectStore, 'getBytes'>,
  run: Pick<RunListing, 'runId' | 'pipeline' | 'startedAt'>,
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

function archiveKey({ runId, pipeline, startedAt }: Pick<RunListing, 'runId' | 'pipeline' | 'startedAt'>) {
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
