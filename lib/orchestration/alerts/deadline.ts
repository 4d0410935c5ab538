/** When runs should have ended, and which of them have not. */
import type { Alerts } from '../../model/alerts';
import { orchestrationTable } from '../../aws/tables';
import { readDeployed } from '../deployed-pipelines';
import { publish, type AlertEvent } from '../events';
import { toldKey } from '../keys';
import { machineOf } from '../machine-of';
import type { Place } from '../place';
import { readQueue } from '../queue';
import { readRun } from '../read-run';
import { readSlots } from '../slots';

interface Late {
  readonly run: string;
  readonly logicalDate: string;
  readonly deadline: string;
  readonly state: 'queued' | 'running';
}

/** The moment by which a run should have ended; a run that has not started has a deadline by its logical date only. */
export function deadlineOf(
  { deadline }: Alerts,
  run: { readonly logicalDate: string; readonly startedAt?: string },
): Date | undefined {
  if (deadline === undefined) return undefined;
  const from = deadline.from === 'start' ? run.startedAt : run.logicalDate;
  return from === undefined ? undefined : new Date(Date.parse(from) + deadline.seconds * 1000);
}

/** Tells, once per run, which runs of a pipeline are late. Returns their ids. */
export async function checkDeadlines(pipeline: string, place: Place): Promise<string[]> {
  const { policy } = await readDeployed(machineOf(pipeline, place), pipeline);
  if (policy.alerts?.deadline === undefined) return [];
  const late: Late[] = [];
  for (const run of await goingOn(pipeline)) {
    const deadline = deadlineOf(policy.alerts, run);
    if (deadline === undefined || deadline > place.now()) continue;
    if ((await orchestrationTable().get(toldKey(run.run, DEADLINE))) !== undefined) continue;
    late.push({ ...run, deadline: deadline.toISOString() });
  }
  await publish(
    late.map((run): AlertEvent => ({
      type: 'Deadline Missed',
      detail: {
        pipeline,
        run: run.run,
        logicalDate: run.logicalDate,
        deadline: run.deadline,
        state: run.state,
      },
    })),
  );
  return late.map(({ run }) => run);
}

/** What a run is told of once only. */
export const DEADLINE = 'deadline';

/** Runs that hold a slot, and those that wait for one. */
async function goingOn(pipeline: string) {
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
            },
          ]
        : [],
    ),
    ...queued.map(({ runId, logicalDate }) => ({ run: runId, logicalDate, state: 'queued' as const })),
  ];
}
