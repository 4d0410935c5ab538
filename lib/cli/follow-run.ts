/** Watches a run to its end: the records say how its tasks are, the execution says when it is over. */
import { setTimeout as pause } from 'node:timers/promises';
import { DescribeExecutionCommand, type DescribeExecutionCommandOutput } from '@aws-sdk/client-sfn';
import { sfnClient } from '../aws/clients/sfn';
import { CliError, EXIT } from './cli-error';
import type { Connection } from './connect';
import { requireRoom, ROOM_TO_GO_ON } from './disk-space';
import { LiveTree } from './live-tree';
import type { Output } from './output';
import { listPipelineRuns, viewRun } from './run-queries';
import type { RunView } from './run-view';
import type { StartedRun } from './start-run';

/** Between two looks at the execution; in an account the API's own limits ask for patience. */
const POLL_MS = { local: 120, endpoint: 500, aws: 2000 } as const;
/** A run of a second is not waited for a tenth of one: looks here are denser at first. */
const FIRST_POLL_MS = 30;
/** Between two looks at the tasks, which cost more; at least. */
const TASKS_MS = 120;

export async function followRun(
  connection: Connection,
  started: StartedRun,
  output: Output,
): Promise<RunView> {
  const tree = new LiveTree(output);
  let begun = false;
  let looked = -Infinity;
  const start = performance.now();
  const next = () => {
    const denser = FIRST_POLL_MS + (performance.now() - start) / 50;
    const usual = POLL_MS[connection.where];
    return pause(connection.where === 'local' ? Math.min(usual, denser) : usual);
  };
  for (let told = false; ;) {
    const execution = await describe(started.executionArn);
    if (execution === undefined) {
      if (!told) output.progress('It waits: for a slot, for the run before it, or for `millrace resume`.');
      told = true;
      await next();
      continue;
    }
    if (execution.status === 'RUNNING' && performance.now() - looked < TASKS_MS) {
      await next();
      continue;
    }
    looked = performance.now();
    const run = await viewRun(connection, started.runId);
    if (run !== undefined) tree.update(run.tasks);
    if (run !== undefined && !begun) {
      begun = true;
      connection.prepare?.(['run-ended', 'notifier'].map((name) => `millrace-${connection.stage}-${name}`));
    }
    if (execution.status !== 'RUNNING') {
      if (run === undefined || run.executionArn !== started.executionArn)
        throw neverBegan(started, execution.error, execution.cause);
      // The end of an aborted execution is recorded by an event that follows it.
      if (run.status !== 'running') return run;
    }
    if (connection.where === 'local') requireRoom(connection.project.stateDirectory, ROOM_TO_GO_ON);
    await next();
  }
}

/** Nothing while the run waits in the queue. */
async function describe(executionArn: string): Promise<DescribeExecutionCommandOutput | undefined> {
  try {
    return await sfnClient().send(new DescribeExecutionCommand({ executionArn }));
  } catch (error) {
    if (error instanceof Error && error.name === 'ExecutionDoesNotExist') return undefined;
    throw error;
  }
}

/** Runs that an earlier process left. */
export async function runsInFlight(connection: Connection, pipeline: string): Promise<StartedRun[]> {
  const runs = await listPipelineRuns(connection, pipeline, 50);
  return runs
    .filter((run) => run.status === 'running')
    .map((run) => ({ runId: run.runId, executionArn: run.execution }));
}

function neverBegan(started: StartedRun, error: string | undefined, cause: string | undefined): CliError {
  return new CliError(`The run did not begin: ${error ?? 'unknown error'}. ${causeText(cause)}`, {
    code: EXIT.failed,
    where: started.executionArn,
    remedy: 'Mend what the message names, and start again.',
  });
}

function causeText(cause: string | undefined): string {
  try {
    const parsed = JSON.parse(cause ?? '') as { errorMessage?: string };
    return parsed.errorMessage ?? cause ?? '';
  } catch {
    return cause ?? '';
  }
}
