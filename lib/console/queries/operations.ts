/** What waits and what runs, over all pipelines: queue, pools, decisions, notifications, and who did what. */
import { orchestrationTable } from '../../aws/tables';
import { readAudit, readPipelineAudit } from '../../orchestration/audit';
import { readOutbox } from '../../orchestration/alerts/outbox';
import { allPipelines, allPools, poolWaitersOf } from '../../orchestration/keys';
import { readPool } from '../../orchestration/pools';
import { readQueue } from '../../orchestration/queue';
import { readRun, type RecordedRun } from '../../orchestration/read-run';
import { listingOf } from '../../orchestration/run-record';
import { readSlots } from '../../orchestration/slots';
import type { OperationsView } from '../views/operations';
import type { ApprovalView, AuditView } from '../views/runs';
import type { ConsoleOptions } from '../console-options';
import { queuedView } from './pipeline';
import { approvalsOf, auditView } from './run';
import { latestRuns, rowOf } from './run-rows';

/** Thrown by handlers of sensors. */
const NOT_READY = 'Millrace.NotReady';
const NOTIFICATIONS = 50;
/** Runs of each pipeline whose audit is read. */
const AUDITED_RUNS = 10;
const AUDIT_ENTRIES = 100;

export async function readOperations(options: ConsoleOptions): Promise<OperationsView> {
  const ids = await pipelineIds();
  const [queues, slots, pools, notifications, audit] = await Promise.all([
    Promise.all(ids.map(readQueue)),
    Promise.all(ids.map(readSlots)),
    readPools(),
    readOutbox({ limit: NOTIFICATIONS }),
    recentAudit(ids),
  ]);
  const holders = slots.flatMap((slot) => Object.entries(slot.holders));
  const runs = await Promise.all(holders.map(([runId]) => readRun(runId)));
  const running = runs.flatMap((run, i) =>
    run === undefined ? [] : [{ ...rowOf(listingOf(run.record)), since: holders[i]?.[1].since ?? '' }],
  );
  const sensors = runs.flatMap((run) => (run === undefined ? [] : sensorsOf(run)));
  const approvals = await Promise.all(
    running.map(async ({ runId, pipeline }) => approvalsOf(runId, pipeline, options.now())),
  );
  return {
    queue: queues.flat().map(queuedView),
    running,
    pools,
    sensors,
    approvals: approvals.flat().filter((approval: ApprovalView) => approval.state === 'pending'),
    notifications: notifications.map((entry) => ({
      id: entry.id,
      at: entry.at,
      subject: entry.subject,
      pipeline: entry.pipeline,
      runId: entry.run,
      deliveries: entry.deliveries.map(({ channel, state, error }) => ({
        channel: channel.kind,
        state,
        error: error ?? null,
      })),
    })),
    audit,
  };
}

/** Between two questions the record of a sensor says what was missing. */
function sensorsOf({ record, tasks }: RecordedRun): OperationsView['sensors'] {
  return tasks.flatMap(({ task, status, attempt, startedAt, error }) =>
    status === 'running' && error?.name === NOT_READY
      ? [{ runId: record.runId, task, asked: attempt, at: startedAt, missing: error.message }]
      : [],
  );
}

async function pipelineIds(): Promise<string[]> {
  return (await orchestrationTable().query<{ pipeline: string }>(allPipelines)).map(
    ({ pipeline }) => pipeline,
  );
}

async function readPools(): Promise<OperationsView['pools']> {
  const names = await orchestrationTable().query<{ pool: string }>(allPools);
  return Promise.all(
    names.map(async ({ pool }) => {
      const [{ holders }, waiting] = await Promise.all([
        readPool(pool),
        orchestrationTable().query<OperationsView['pools'][number]['waiting'][number]>(poolWaitersOf(pool)),
      ]);
      return {
        pool,
        holders: Object.values(holders),
        // The token that answers a task is nobody's business.
        waiting: waiting.map(({ task, execution, slots, size, since }) => ({
          task,
          execution,
          slots,
          size,
          since,
        })),
      };
    }),
  );
}

async function recentAudit(pipelines: readonly string[]): Promise<AuditView[]> {
  const runs = (await Promise.all(pipelines.map((id) => latestRuns(id, AUDITED_RUNS)))).flat();
  const ofRuns = runs.map(async ({ runId, pipeline }) =>
    (await readAudit(runId)).map((entry) => auditView({ runId, pipeline }, entry)),
  );
  const ofPipelines = pipelines.map(async (pipeline) =>
    (await readPipelineAudit(pipeline)).map((entry) => auditView({ runId: null, pipeline }, entry)),
  );
  return (await Promise.all([...ofRuns, ...ofPipelines]))
    .flat()
    .sort((a, b) => (a.at < b.at ? 1 : -1))
    .slice(0, AUDIT_ENTRIES);
}
