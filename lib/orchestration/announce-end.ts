import { ownedRunOf, type ExecutionEnded } from './end-run';
import { publish, type MillraceEvent } from './events';

/** Tells the bus how a run and its failed tasks ended, after that was recorded. Told twice, it is the same events. */
export async function announceEnd({ detail }: ExecutionEnded): Promise<void> {
  const run = await ownedRunOf(detail);
  if (run === undefined || run.record.status === 'running') return;
  const { record } = run;
  const about = {
    pipeline: record.pipeline,
    run: record.runId,
    execution: record.execution,
    logicalDate: record.context.logicalDate,
  };
  const failed = run.tasks
    .filter((task) => task.status === 'failed')
    .map(({ task, error, attempt, redrive = 0, execution }) => ({
      task,
      attempt,
      redrive,
      execution,
      ...(error === undefined ? {} : { error }),
    }));
  await publish([
    ...failed
      .filter((task) => task.execution === record.execution)
      .map((task): MillraceEvent => ({ type: 'Task Failed', detail: { ...about, ...task, final: true } })),
    {
      type: 'Run Ended',
      detail: {
        ...about,
        status: record.status as 'success',
        message: record.message ?? '',
        startedAt: record.startedAt,
        endedAt: record.endedAt ?? '',
        failed: failed.map(({ task, error }) => ({ task, ...(error === undefined ? {} : { error }) })),
      },
    },
  ]);
}
