/**
 * One process of the kill test: opens the local cloud on a state directory, asks for the same runs and the same backfill as
 * every process before it, waits until all have ended, and prints what there is then.
 *
 *   node --require tsx/cjs test/support/orchestrated.ts <directory> <assembly> <runs>
 */
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { ListExecutionsCommand } from '@aws-sdk/client-sfn';
import { GetFunctionConfigurationCommand, InvokeCommand } from '@aws-sdk/client-lambda';
import { lambdaClient } from '../../lib/aws/clients/lambda';
import { sfnClient } from '../../lib/aws/clients/sfn';
import { orchestrationTable } from '../../lib/aws/tables';
import { startLocalCloud } from '../../lib/local/local-cloud';
import { listRuns } from '../../lib/orchestration/list-runs';
import { readPool } from '../../lib/orchestration/pools';
import { readQueue } from '../../lib/orchestration/queue';
import { readRun } from '../../lib/orchestration/read-run';
import { readSlots } from '../../lib/orchestration/slots';

const PIPELINE = 'narrow';
const POOL = 'door';

export interface Orchestrated {
  readonly runs: readonly {
    readonly runId: string;
    readonly trigger: string;
    readonly logicalDate: string;
  }[];
  readonly statuses: Readonly<Record<string, number>>;
  /** Names of all executions that ever were. */
  readonly executions: readonly string[];
  /** Tasks of runs of which not all succeeded. */
  readonly unfinished: readonly string[];
  /** The most that were seen at the same time. */
  readonly most: { readonly runs: number; readonly tasks: number };
  readonly left: {
    readonly queue: number;
    readonly slots: number;
    readonly pool: number;
    readonly waiting: number;
  };
}

async function main([directory = '', assembly = '', runs = '0']: string[]): Promise<void> {
  const cloud = await startLocalCloud({
    directory,
    projectRoot: join(__dirname, '..', '..'),
    assembly,
    parallel: 2,
  });
  Object.assign(process.env, cloud.environment);
  const { Environment } = await lambdaClient().send(
    new GetFunctionConfigurationCommand({ FunctionName: 'millrace-dev-begin' }),
  );
  Object.assign(process.env, Environment?.Variables);
  process.stdout.write('up\n');

  const ask = async (event: object): Promise<void> => {
    const { FunctionError, Payload } = await lambdaClient().send(
      new InvokeCommand({
        FunctionName: 'millrace-dev-launcher',
        Payload: Buffer.from(JSON.stringify(event)),
      }),
    );
    if (FunctionError !== undefined) throw new Error(Buffer.from(Payload ?? []).toString('utf8'));
  };
  const count = Number(runs);
  for (let i = 0; i < count; i++) await ask({ pipeline: PIPELINE, token: `run-${i}` });
  const to = `2026-01-${String(count).padStart(2, '0')}`;
  await ask({ action: 'backfill', pipeline: PIPELINE, from: '2026-01-01', to, maxActive: 2 });

  const most = { runs: 0, tasks: 0 };
  let found = await listRuns(PIPELINE, 100);
  while (found.length < 2 * count || found.some(({ status }) => status === 'running')) {
    most.runs = Math.max(most.runs, Object.keys((await readSlots(PIPELINE)).holders).length);
    most.tasks = Math.max(most.tasks, Object.keys((await readPool(POOL)).holders).length);
    await pause(20);
    found = await listRuns(PIPELINE, 100);
  }
  await cloud.idle();
  await ask({ action: 'sweep' });
  const { executions = [] } = await sfnClient().send(
    new ListExecutionsCommand({
      stateMachineArn: `arn:aws:states:us-east-1:000000000000:stateMachine:millrace-dev-${PIPELINE}`,
      maxResults: 1000,
    }),
  );
  const recorded = await Promise.all(found.map(({ runId }) => readRun(runId)));
  const statuses: Record<string, number> = {};
  for (const { status } of found) statuses[status] = (statuses[status] ?? 0) + 1;
  const answer: Orchestrated = {
    runs: found.map(({ runId, trigger, logicalDate }) => ({ runId, trigger, logicalDate })),
    statuses,
    executions: executions.map(({ name = '' }) => name),
    unfinished: recorded.flatMap((run) =>
      run?.tasks.length === 2 && run.tasks.every(({ status }) => status === 'success')
        ? []
        : [JSON.stringify(run?.tasks)],
    ),
    most,
    left: {
      queue: (await readQueue(PIPELINE)).length,
      slots: Object.keys((await readSlots(PIPELINE)).holders).length,
      pool: Object.keys((await readPool(POOL)).holders).length,
      waiting: (await orchestrationTable().query({ pk: `POOL#${POOL}`, prefix: 'WAIT#' })).length,
    },
  };
  process.stdout.write(`${JSON.stringify(answer)}\n`);
  await cloud.stop();
  process.exit(0);
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
