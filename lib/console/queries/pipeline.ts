/** One pipeline: its graph, its queue and backfills, its runs against its tasks, its machine. */
import { DescribeStateMachineCommand } from '@aws-sdk/client-sfn';
import { sfnClient } from '../../aws/clients/sfn';
import { orchestrationTable } from '../../aws/tables';
import { backfillProgress, listBackfills } from '../../orchestration/backfill';
import { tasksOf } from '../../orchestration/keys';
import { readQueue, type QueuedRun } from '../../orchestration/queue';
import { readRun } from '../../orchestration/read-run';
import type { TaskRecord } from '../../orchestration/task-record';
import type { BackfillView, DefinitionView, GridView, PipelineView, QueuedView } from '../views/pipelines';
import type { GraphTask } from '../views/graph';
import type { CataloguePipeline } from '../catalogue';
import { notFound } from '../console-error';
import type { ConsoleOptions } from '../console-options';
import { deployedMachines } from './deployed';
import { graphOf } from './graph';
import { pipelinesOf, rowOf } from './pipelines';
import { taskStates } from './run';
import { latestRuns } from './run-rows';

const BACKFILLS = 10;

/** @throws ConsoleError 404 */
export async function findPipeline({ catalogue }: ConsoleOptions, id: string): Promise<CataloguePipeline> {
  const known = await catalogue();
  const found = known.pipelines.find((pipeline) => pipeline.id === id);
  if (found !== undefined) return found;
  const stranger = pipelinesOf(known, await deployedMachines()).find((pipeline) => pipeline.id === id);
  if (stranger !== undefined) return stranger;
  throw notFound(
    `pipeline '${id}'`,
    `Pipelines: ${known.pipelines.map((pipeline) => pipeline.id).join(', ') || 'none'}.`,
  );
}

export async function readPipeline(options: ConsoleOptions, id: string): Promise<PipelineView> {
  const pipeline = await findPipeline(options, id);
  const graph = graphOf(pipeline);
  const [row, latest, queue, backfills] = await Promise.all([
    deployedMachines().then((machines) => rowOf(pipeline, machines, options.now())),
    readLatest(id, graph.tasks),
    readQueue(id),
    readBackfills(id),
  ]);
  return {
    ...row,
    ...graph,
    latest,
    startDate: pipeline.startDate,
    endDate: pipeline.endDate,
    catchup: pipeline.catchup,
    maxActiveRuns: pipeline.maxActiveRuns,
    scheduled: pipeline.schedule.kind === 'cron' || pipeline.schedule.kind === 'interval',
    queue: queue.map(queuedView),
    backfills,
    notices: pipeline.notices.map(({ code, message, hint }) => ({ code, message, hint })),
  };
}

async function readLatest(id: string, tasks: readonly GraphTask[]): Promise<PipelineView['latest']> {
  const [row] = await latestRuns(id, 1);
  const run = row === undefined ? undefined : await readRun(row.runId);
  return row === undefined || run === undefined ? null : { ...row, tasks: taskStates(tasks, run) };
}

export function queuedView(run: QueuedRun): QueuedView {
  const { runId, pipeline, logicalDate, queuedAt, input } = run;
  return { runId, pipeline, logicalDate, queuedAt, trigger: input.trigger ?? 'manual' };
}

async function readBackfills(id: string): Promise<BackfillView[]> {
  const latest = (await listBackfills(id))
    .sort((a, b) => (a.createdAt < b.createdAt ? 1 : -1))
    .slice(0, BACKFILLS);
  return Promise.all(
    latest.map(async (record) => {
      const { statuses } = await backfillProgress(id, record.id);
      const { from, to, status, by, createdAt, maxActive, ticks } = record;
      return { id: record.id, from, to, status, by, createdAt, maxActive, ticks, statuses };
    }),
  );
}

export async function readGrid(options: ConsoleOptions, id: string, limit: number): Promise<GridView> {
  await findPipeline(options, id);
  const runs = await latestRuns(id, limit);
  const withTasks = await Promise.all(
    runs.map(async (run) => {
      const records = await orchestrationTable().query<TaskRecord>(tasksOf(run.runId));
      const tasks = records
        // Items of maps belong to their map.
        .filter((record) => !record.task.includes('['))
        .map((record) => [
          record.task,
          { status: record.status, attempt: record.attempt, ms: record.durationMs ?? null },
        ]);
      return { ...run, tasks: Object.fromEntries(tasks) as GridView['runs'][number]['tasks'] };
    }),
  );
  return { runs: withTasks.reverse() };
}

export async function readDefinition(options: ConsoleOptions, id: string): Promise<DefinitionView> {
  const { file } = await findPipeline(options, id);
  const arn = (await deployedMachines()).get(id);
  if (arn === undefined)
    throw notFound(`machine of '${id}'`, 'Deploy it: npx cdk deploy --all, or millrace dev.');
  const machine = await sfnClient().send(new DescribeStateMachineCommand({ stateMachineArn: arn }));
  return {
    machine: machine.name ?? '',
    arn,
    updatedAt: machine.creationDate?.toISOString() ?? null,
    source: file === '' ? null : ((await options.source?.(file)) ?? null),
    definition: JSON.parse(machine.definition ?? 'null') as DefinitionView['definition'],
  };
}
