import { s3Client } from '../aws/clients/s3';
import { resourceNames } from '../aws/environment';
import { ObjectStore } from '../aws/object-store';
import { logsOfRun } from '../orchestration/logs-of-run';
import type { RunLogLine } from '../orchestration/run-logs';
import type { Connection } from './connect';
import { requireTask } from './require-task';
import type { RunView } from './run-view';
import { summaryOf } from './summary-of';

export type { RunLogLine } from '../orchestration/run-logs';

/** Lines that the functions and the containers of a run logged, in order of time. */
export async function readRunLogs(
  connection: Connection,
  run: RunView,
  task: string | undefined,
): Promise<RunLogLine[]> {
  if (task !== undefined) requireTask(run, task);
  const { functions = [], jobs = [] } = summaryOf(connection, run.pipeline) ?? {};
  const concerned = run.tasks.filter(({ id }) => task === undefined || id === task);
  const groups = [
    ...functions.filter((spec) => task === undefined || spec.tasks.includes(task)),
    ...jobs.filter((job) => task === undefined || job.task === task),
  ].map((spec) => spec.logGroup);
  const printed = concerned.flatMap(({ id, job }) =>
    job?.log === undefined ? [] : [{ task: id, log: job.log }],
  );
  const objects = new ObjectStore(s3Client(), resourceNames().bucket);
  const lines = await logsOfRun(objects, run, { groups, jobs: printed });
  return lines.filter((line) => task === undefined || line.task === task);
}
