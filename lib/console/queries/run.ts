/** One run: how its tasks fared, who waits for what, what people did to it. */
import { resourceNames } from '../../aws/environment';
import { s3Client } from '../../aws/clients/s3';
import { ObjectStore } from '../../aws/object-store';
import { listApprovals } from '../../orchestration/approvals';
import { readAudit, type AuditEntry } from '../../orchestration/audit';
import { readRun, type RecordedRun } from '../../orchestration/read-run';
import { listingOf } from '../../orchestration/run-record';
import type { TaskRecord } from '../../orchestration/task-record';
import { readRunDocument } from '../../tracking/run-document';
import { parentRunIdOf } from '../../tracking/tracked-run-ids';
import { TrackingRefused } from '../../tracking/tracking-refused';
import type { GraphTask } from '../views/graph';
import type { ApprovalView, AuditView, RunDetail, TaskStateView } from '../views/runs';
import type { CataloguePipeline } from '../catalogue';
import { notFound } from '../console-error';
import type { ConsoleOptions } from '../console-options';
import { executionUrl } from './execution-url';
import { graphOf } from './graph';
import { rowOf } from './run-rows';
import { criticalPath, waits, type TimedTask } from './timing';

/** @throws ConsoleError 404 */
export async function requireRun(runId: string): Promise<RecordedRun> {
  const run = await readRun(runId);
  if (run !== undefined) return run;
  throw notFound(
    `run '${runId}'`,
    'It may still wait in the queue, or be older than 400 days. See the list of runs.',
  );
}

export async function readRunDetail(options: ConsoleOptions, runId: string): Promise<RunDetail> {
  const run = await requireRun(runId);
  const { record } = run;
  const [catalogue, approvals, audit, tracked, reports] = await Promise.all([
    options.catalogue(),
    approvalsOf(runId, record.pipeline, options.now()),
    readAudit(runId),
    trackedRunOf(runId),
    reportsOf(record.pipeline, runId),
  ]);
  const pipeline = catalogue.pipelines.find((candidate) => candidate.id === record.pipeline);
  const graph = graphOfRun(pipeline, run);
  return {
    ...rowOf(listingOf(record)),
    params: record.context.params,
    commit: record.context.code.commit,
    dirty: record.context.code.dirty,
    dataIntervalStart: record.context.dataIntervalStart,
    dataIntervalEnd: record.context.dataIntervalEnd,
    execution: record.execution,
    executions: record.executions.length,
    executionUrl: options.where === 'aws' ? executionUrl(record.execution) : null,
    graph,
    tasks: taskStates(graph.tasks, run).map((task) =>
      // An approval is recorded when it has ended; until then its question says what it waits for.
      task.status === 'waiting' && approvals.some((one) => one.task === task.id && one.state === 'pending')
        ? { ...task, status: 'pending' }
        : task,
    ),
    approvals,
    audit: audit.map((entry) => auditView({ runId, pipeline: record.pipeline }, entry)),
    trackedRun: tracked?.runId ?? null,
    experiment: tracked?.experimentId ?? null,
    reports,
  };
}

/** That of the definition; of a run whose definition is gone, its tasks without edges. */
export function graphOfRun(pipeline: CataloguePipeline | undefined, run: RecordedRun): RunDetail['graph'] {
  if (pipeline !== undefined && pipeline.tasks.length > 0) return graphOf(pipeline);
  const tasks = run.tasks
    .filter(({ task }) => !task.includes('['))
    .map(({ task }): GraphTask => ({ id: task, kind: 'task', contract: null, group: null, needs: [] }));
  return { tasks, edges: [] };
}

export function taskStates(tasks: readonly GraphTask[], run: RecordedRun): TaskStateView[] {
  const records = new Map(run.tasks.map((record) => [record.task, record]));
  const timed = tasks.map((task) => timedOf(task, records.get(task.id)));
  const waited = waits(timed, Date.parse(run.record.startedAt));
  const critical = new Set(criticalPath(timed));
  return tasks.map((task) => ({
    ...stateOf(task.id, records.get(task.id)),
    waitedMs: waited.get(task.id) ?? null,
    critical: critical.has(task.id),
    items: itemsOf(task.id, run.tasks),
  }));
}

export function stateOf(id: string, record: TaskRecord | undefined): TaskStateView {
  const ran = record !== undefined && record.attempt > 0;
  return {
    id,
    status: record?.status ?? 'waiting',
    attempt: record?.attempt ?? 0,
    startedAt: ran ? record.startedAt : null,
    endedAt: ran ? (record.endedAt ?? null) : null,
    durationMs: record?.durationMs ?? null,
    memoryMb: record?.memoryMb ?? null,
    cachedFrom: record?.cached === undefined ? null : { run: record.cached.run, task: record.cached.task },
    error: record?.error ?? null,
    waitedMs: null,
    critical: false,
    items: null,
  };
}

function timedOf({ id, needs }: GraphTask, record: TaskRecord | undefined): TimedTask {
  const ran = record !== undefined && record.attempt > 0;
  return {
    id,
    needs,
    start: ran ? Date.parse(record.startedAt) : null,
    end: ran && record.endedAt !== undefined ? Date.parse(record.endedAt) : null,
  };
}

/** Items of a map are recorded as `scores/score[3]`, its tasks being called after it. */
function itemsOf(id: string, records: readonly TaskRecord[]): Record<string, number> | null {
  const items = records.filter(({ task }) => task.startsWith(`${id}/`) && task.endsWith(']'));
  if (items.length === 0) return null;
  const counts: Record<string, number> = {};
  for (const { status } of items) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}

export async function approvalsOf(runId: string, pipeline: string, now: Date): Promise<ApprovalView[]> {
  return (await listApprovals(runId, now)).map((approval) => ({
    runId,
    pipeline,
    task: approval.task,
    prompt: approval.prompt,
    details: approval.details,
    form: approval.form,
    requestedAt: approval.requestedAt,
    expiresAt: approval.expiresAt,
    state: approval.state,
    decision: approval.decision ?? null,
  }));
}

export function auditView(of: Pick<AuditView, 'runId' | 'pipeline'>, entry: AuditEntry): AuditView {
  const { action, by, why, at, details } = entry;
  return { ...of, action, by, why: why ?? null, at, details: details ?? null };
}

async function trackedRunOf(runId: string): Promise<{ runId: string; experimentId: string } | undefined> {
  try {
    return await readRunDocument(parentRunIdOf(runId));
  } catch (error) {
    if (error instanceof TrackingRefused) return undefined;
    throw error;
  }
}

/** Pages that tasks wrote: `reports/<pipeline>/<run id>/<task>.html`, or several in a folder of the task. */
async function reportsOf(pipeline: string, runId: string): Promise<RunDetail['reports']> {
  const prefix = `reports/${pipeline}/${runId}/`;
  const objects = await new ObjectStore(s3Client(), resourceNames().bucket).list(prefix);
  return objects
    .filter(({ key }) => key.endsWith('.html'))
    .map(({ key, bytes }) => ({ task: key.slice(prefix.length, -'.html'.length), key, bytes }));
}
