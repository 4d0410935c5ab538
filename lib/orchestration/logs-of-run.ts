/** What the tasks of a run logged: from CloudWatch, or from the archive once CloudWatch has forgotten it. */
import type { ObjectStore } from '../aws/object-store';
import { readJobLogs, type LoggedJob } from './job-logs';
import { readArchivedLogs } from './log-archive';
import { readRunLogs, type RunLogLine } from './run-logs';
import type { RunListing } from './run-record';

export interface LogPlaces {
  /** Log groups of functions. */
  readonly groups: readonly string[];
  /** Streams of containers. @default none */
  readonly jobs?: readonly LoggedJob[];
}

/** Lines in order of time. */
export async function logsOfRun(
  objects: Pick<ObjectStore, 'getBytes'>,
  run: Pick<RunListing, 'runId' | 'pipeline' | 'startedAt'>,
  { groups, jobs = [] }: LogPlaces,
): Promise<RunLogLine[]> {
  const [logged, printed] = await Promise.all([
    whereThere(() => readRunLogs(run, groups)),
    whereThere(() => readJobLogs(run.startedAt, jobs)),
  ]);
  if (logged.length + printed.length === 0) return readArchivedLogs(objects, run);
  return [...logged, ...printed].sort((a, b) => a.time.localeCompare(b.time));
}

/** A pipeline that was removed has no log groups any more. */
async function whereThere(read: () => Promise<RunLogLine[]>): Promise<RunLogLine[]> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof Error && error.name === 'ResourceNotFoundException') return [];
    throw error;
  }
}
