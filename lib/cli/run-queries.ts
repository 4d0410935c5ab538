import { listRuns } from '../orchestration/list-runs';
import { readRun, type RecordedRun } from '../orchestration/read-run';
import type { RunListing } from '../orchestration/run-record';
import { CliError, EXIT } from './cli-error';
import type { Connection } from './connect';
import type { RunTaskView, RunView } from './run-view';
import { didYouMean } from '../model/suggest';
import { summaryOf } from './summary-of';

/** Runs of one pipeline, or of all that are deployed, newest first. */
export async function listPipelineRuns(
  connection: Connection,
  pipeline: string | undefined,
  limit: number,
): Promise<RunListing[]> {
  const deployed = await deployedPipelines(connection);
  if (pipeline !== undefined && !deployed.includes(pipeline)) {
    throw new CliError(`There is no pipeline '${pipeline}' in stage ${connection.stage}.`, {
      code: EXIT.usage,
      remedy: `${didYouMean(pipeline, deployed)}Deployed: ${deployed.join(', ') || 'none'}.`,
    });
  }
  const lists = await Promise.all(
    (pipeline === undefined ? deployed : [pipeline]).map((id) => listRuns(id, limit)),
  );
  return lists
    .flat()
    .sort((a, b) => b.startedAt.localeCompare(a.startedAt))
    .slice(0, limit);
}

/** A run by id, or the newest one as `latest`. @throws CliError */
export async function requireRun(connection: Connection, runId: string): Promise<RunView> {
  const recent = runId === 'latest' ? await listPipelineRuns(connection, undefined, 1) : [];
  const wanted = runId === 'latest' ? recent[0]?.runId : runId;
  const run = wanted === undefined ? undefined : await viewRun(connection, wanted);
  if (run !== undefined) return run;
  const known = (await listPipelineRuns(connection, undefined, 50)).map((listing) => listing.runId);
  throw new CliError(runId === 'latest' ? 'There are no runs yet.' : `There is no run '${runId}'.`, {
    code: EXIT.usage,
    remedy:
      known.length === 0
        ? 'Start one: millrace run <pipeline>.'
        : `${didYouMean(runId, known)}Runs: millrace runs.`,
  });
}

export async function viewRun(connection: Connection, runId: string): Promise<RunView | undefined> {
  const recorded = await readRun(runId);
  return recorded === undefined ? undefined : toView(connection, recorded);
}

function toView(connection: Connection, { record, tasks }: RecordedRun): RunView {
  const order =
    summaryOf(connection, record.pipeline)?.tasks ??
    tasks.map((task) => ({ id: task.task, group: undefined }));
  const views = order.map((task): RunTaskView => {
    const found = tasks.find((candidate) => candidate.task === task.id);
    if (found === undefined) return { id: task.id, group: task.group, state: 'waiting', attempt: 0 };
    const ran = found.attempt > 0;
    return {
      id: task.id,
      group: task.group,
      state: found.status,
      attempt: found.attempt,
      startedAt: ran ? found.startedAt : undefined,
      endedAt: ran ? found.endedAt : undefined,
      durationMs: found.durationMs,
      memoryMb: found.memoryMb,
      cachedFrom: found.cached?.run,
      error: found.error,
      job: found.job,
      out: found.result?.out,
    };
  });
  return {
    runId: record.runId,
    pipeline: record.pipeline,
    status: record.status,
    trigger: record.context.trigger,
    logicalDate: record.context.logicalDate,
    startedAt: record.startedAt,
    endedAt: record.endedAt,
    executionArn: record.execution,
    message: record.message,
    params: record.context.params,
    version: record.version,
    result: record.result,
    commit: `${record.context.code.commit}${record.context.code.dirty ? ' (with changes)' : ''}`,
    tasks: views,
  };
}

/** Ids of the pipelines whose machines are there. */
export async function deployedPipelines(connection: Connection): Promise<string[]> {
  const { ListStateMachinesCommand } = require('@aws-sdk/client-sfn') as typeof import('@aws-sdk/client-sfn');
  const { sfnClient } = require('../aws/clients/sfn') as typeof import('../aws/clients/sfn');
  const prefix = `millrace-${connection.stage}-`;
  const ids: string[] = [];
  let nextToken: string | undefined;
  do {
    const page = await sfnClient().send(new ListStateMachinesCommand({ nextToken }));
    for (const { name = '' } of page.stateMachines ?? [])
      if (name.startsWith(prefix)) ids.push(name.slice(prefix.length));
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  return ids;
}
