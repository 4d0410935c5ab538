/** When runs and tasks should have ended, and which of them have not. */
import type { Alerts, Deadline } from '../../model/alerts';
import { hasDeadlines } from '../../model/alerts-of';
import { orchestrationTable } from '../../aws/tables';
import { readDeployed } from '../deployed-pipelines';
import { publish, type AlertEvent, type MillraceEvents } from '../events';
import { toldKey } from '../keys';
import { machineOf } from '../machine-of';
import type { Place } from '../place';
import { readQueue } from '../queue';
import { readRun } from '../read-run';
import { readSlots } from '../slots';
import type { TaskRecord } from '../task-record';

type Missed = MillraceEvents['Deadline Missed'];

interface Dated {
  readonly logicalDate: string;
  readonly startedAt?: string;
}

interface GoingOn extends Dated {
  readonly run: string;
  readonly state: 'queued' | 'running';
  readonly tasks: readonly TaskRecord[];
}

/** The moment by which a run, or a task of it, should have ended; what has not started has one by its logical date only. */
export function deadlineOf({ deadline }: { readonly deadline?: Deadline }, run: Dated): Date | undefined {
  if (deadline === undefined) return undefined;
  const from = deadline.from === 'start' ? run.startedAt : run.logicalDate;
  return from === undefined ? undefined : new Date(Date.parse(from) + deadline.seconds * 1000);
}

/** Tells, once per run and task, what of a pipeline is late. Returns the ids of the runs. */
export async function checkDeadlines(pipeline: string, place: Place): Promise<string[]> {
  const { policy } = await readDeployed(machineOf(pipeline, place), pipeline);
  const { alerts = {} } = policy;
  if (!hasDeadlines(alerts)) return [];
  const late: Missed[] = [];
  for (const run of await goingOn(pipeline))
    for (const missed of lateNow(pipeline, run, alerts, place.now()))
      if ((await orchestrationTable().get(toldKey(run.run, deadlineOccasion(missed.task)))) === undefined)
        late.push(missed);
  await publish(late.map((detail): AlertEvent => ({ type: 'Deadline Missed', detail })));
  return [...new Set(late.map(({ run }) => run))];
}

function lateNow(pipeline: string, run: GoingOn, alerts: Alerts, now: Date): Missed[] {
  const about = { pipeline, run: run.run, logicalDate: run.logicalDate };
  const missed: Missed[] = [];
  const own = deadlineOf(alerts, run);
  if (own !== undefined && own <= now)
    missed.push({ ...about, deadline: own.toISOString(), state: run.state });
  for (const [task, of] of Object.entries(alerts.tasks ?? {})) {
    const deadline = deadlineOf(of, run);
    const record = run.tasks.find((one) => one.task === task);
    if (deadline === undefined || deadline > now) continue;
    if (record !== undefined && record.status !== 'running') continue;
    const state = record === undefined ? 'waiting' : 'running';
    missed.push({ ...about, task, deadline: deadline.toISOString(), state });
  }
  return missed;
}

/** Tasks of a run that has ended which ended too late before anybody looked. What never ran is not late any more. */
export async function lateTasks(
  {
    pipeline,
    run,
    logicalDate,
  }: { readonly pipeline: string; readonly run: string; readonly logicalDate: string },
  { tasks = {} }: Alerts,
): Promise<Missed[]> {
  const dated = Object.entries(tasks).filter(([, of]) => of.deadline !== undefined);
  const found = dated.length === 0 ? undefined : await readRun(run);
  if (found === undefined) return [];
  const { startedAt } = found.record;
  return dated.flatMap(([task, of]): Missed[] => {
    const deadline = deadlineOf(of, { logicalDate, startedAt });
    const { endedAt, status } = found.tasks.find((one) => one.task === task) ?? {};
    const ran = status === 'success' || status === 'failed';
    return deadline !== undefined && ran && endedAt !== undefined && Date.parse(endedAt) > deadline.getTime()
      ? [{ pipeline, run, logicalDate, task, deadline: deadline.toISOString(), state: 'ended' }]
      : [];
  });
}

/** What a run is told of once only. */
export function deadlineOccasion(task?: string): string {
  return task === undefined ? 'deadline' : `deadline#${task}`;
}

/** Runs that hold a slot, and those that wait for one. */
async function goingOn(pipeline: string): Promise<GoingOn[]> {
  const { holders } = await readSlots(pipeline);
  const running = await Promise.all(Object.keys(holders).map(async (runId) => readRun(runId)));
  const queued = await readQueue(pipeline);
  return [
    ...running.flatMap((found) =>
      found?.record.status === 'running'
        ? [
            {
              run: found.record.runId,
              logicalDate: found.record.context.logicalDate,
              startedAt: found.record.startedAt,
              state: 'running' as const,
              tasks: found.tasks,
            },
          ]
        : [],
    ),
    ...queued.map(({ runId, logicalDate }) => ({
      run: runId,
      logicalDate,
      state: 'queued' as const,
      tasks: [],
    })),
  ];
}
