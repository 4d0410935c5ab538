/** One task of a run: what it got, what it gave, each attempt, and its log. */
import { s3Client } from '../../aws/clients/s3';
import { resourceNames } from '../../aws/environment';
import { ObjectStore } from '../../aws/object-store';
import { logsOfRun } from '../../orchestration/logs-of-run';
import type { LogView, TaskDetail } from '../views/runs';
import { notFound } from '../console-error';
import type { ConsoleOptions } from '../console-options';
import { readAttempts } from './attempts';
import { remedyFor } from './remedy';
import { graphOfRun, requireRun, stateOf, taskStates } from './run';

export async function readTaskDetail(
  options: ConsoleOptions,
  runId: string,
  taskId: string,
): Promise<TaskDetail> {
  const run = await requireRun(runId);
  const catalogue = await options.catalogue();
  const pipeline = catalogue.pipelines.find((candidate) => candidate.id === run.record.pipeline);
  const graph = graphOfRun(pipeline, run);
  const node = graph.tasks.find((task) => task.id === taskId);
  const record = run.tasks.find((task) => task.task === taskId);
  if (node === undefined && record === undefined)
    throw notFound(
      `task '${taskId}' in ${runId}`,
      `Tasks: ${graph.tasks.map((task) => task.id).join(', ')}.`,
    );
  const spec = pipeline?.functions.find((candidate) => candidate.tasks.includes(withoutIndex(taskId)));
  const state = pipeline?.tasks.find((candidate) => candidate.id === taskId)?.state ?? taskId;
  const history = await readAttempts(run.record.executions, { id: taskId, state });
  const view =
    taskStates(graph.tasks, run).find((candidate) => candidate.id === taskId) ?? stateOf(taskId, record);
  return {
    task: taskId,
    kind: node?.kind ?? 'task',
    contract: node?.contract ?? spec?.contract ?? null,
    functionName: spec?.name ?? null,
    logGroup: spec?.logGroup ?? null,
    state: view,
    input: history.input,
    output: record?.result?.out ?? null,
    inputHash: record?.inputHash ?? null,
    codeHash: record?.codeHash ?? null,
    attempts: history.attempts,
    remedy: remedyFor(record?.error ?? null),
    items: run.tasks
      .filter(({ task }) => task.startsWith(`${taskId}/`) && task.endsWith(']'))
      .map((item) => stateOf(item.task, item)),
  };
}

/** Lines that are answered at once. */
const MAX_LINES = 2000;

/** @param task @default all tasks of the run */
export async function readLogs(
  options: ConsoleOptions,
  runId: string,
  task: string | undefined,
  contains: string | undefined,
): Promise<LogView> {
  const run = await requireRun(runId);
  const catalogue = await options.catalogue();
  const { stage } = resourceNames();
  const { pipeline } = run.record;
  const functions = catalogue.pipelines.find((candidate) => candidate.id === pipeline)?.functions ?? [];
  const groups = functions
    .filter((spec) => task === undefined || spec.tasks.includes(withoutIndex(task)))
    .map((spec) => spec.logGroup)
    .filter((group) => group.startsWith(`/millrace/${stage}/`));
  const jobs = run.tasks.flatMap(({ task: id, job }) =>
    job?.log === undefined || (task !== undefined && id !== task) ? [] : [{ task: id, log: job.log }],
  );
  const objects = new ObjectStore(s3Client(), resourceNames().bucket);
  const wanted = contains?.toLowerCase();
  const lines = (await logsOfRun(objects, run.record, { groups, jobs })).filter(
    (line) =>
      (task === undefined || line.task === task || line.task.startsWith(`${task}/`)) &&
      (wanted === undefined || line.text.toLowerCase().includes(wanted)),
  );
  return {
    lines: lines
      .slice(-MAX_LINES)
      .map(({ time, task: of, level, text }) => ({ time, task: of, level, text })),
    left: Math.max(0, lines.length - MAX_LINES),
  };
}

/** `scores/score[3]` is an item of the task `scores/score`. */
function withoutIndex(task: string): string {
  return task.replace(/\[\d+\]$/, '');
}
