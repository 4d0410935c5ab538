/** The last task state: tasks that never ran get their record, and the run its end. Airflow's rule: leaves decide. */
import type { FinishEvent, FinishResult, TaskStatus } from '../model/envelope';
import { closeRun } from './close-run';
import { readRun } from './read-run';
import { writeTaskRecord } from './task-record';

export async function finishRun(event: FinishEvent): Promise<FinishResult> {
  const entries = Object.entries(event.tasks);
  const failed = entries.filter(([, status]) => status === 'failed').map(([task]) => task);
  const bad = (status: TaskStatus | undefined) => status === 'failed' || status === 'upstream_failed';
  const status = event.leaves.some((leaf) => bad(event.tasks[leaf])) ? 'failed' : 'success';
  const recorded = await readRun(event.run.id);
  const now = new Date().toISOString();
  await Promise.all(
    entries.map(async ([task, end]) => {
      const record = recorded?.tasks.find((candidate) => candidate.task === task);
      // What the function wrote about itself says more; a function that was killed wrote nothing about its end.
      if (end === 'success' || record?.status === end) return;
      await writeTaskRecord(event.run.id, {
        task,
        status: end,
        attempt: record?.attempt ?? 0,
        execution: event.execution,
        startedAt: record?.startedAt ?? now,
        endedAt: now,
        ...(end === 'failed'
          ? {
              error: {
                name: 'Millrace.TaskLost',
                message:
                  'The function ended without a word: it ran out of time or memory, or it exited. Its log says more.',
              },
            }
          : {}),
      });
    }),
  );
  const message =
    status === 'success'
      ? `All ${event.leaves.length} ends of ${event.run.pipeline} were reached${failed.length === 0 ? '' : `; failed on the way: ${failed.join(', ')}`}.`
      : `${event.run.pipeline} failed at ${failed.join(', ') || 'its end'}. Errors and logs: millrace show ${event.run.id}`;
  await closeRun(
    {
      runId: event.run.id,
      pipeline: event.run.pipeline,
      startedAt: recorded?.record.startedAt ?? event.run.startedAt,
    },
    event.execution,
    status,
    message,
    now,
  );
  return { status, failed, message };
}
