/**
 * Tells the bus what happened to a task.
 *
 * 1. A bus that does not answer is a warning in the log, and nothing else: people can look.
 * 2. But for updated datasets: other pipelines wait for them. The attempt fails, and the next one, which finds the recorded
 *    success, tells them.
 */
import type { TaskEvent } from '../model/envelope';
import { MillraceError } from '../model/errors';
import type { MillraceEvent } from '../orchestration/events';
import { readTaskRecord, type TaskRecord } from '../orchestration/task-record';
import { logger } from './telemetry';

const MAX_MESSAGE_CHARACTERS = 4000;

/** Step Functions tells nobody that it tries again: the attempt that begins does. */
export async function announceRetry(event: TaskEvent, earlier: TaskRecord | undefined): Promise<void> {
  // A sensor that is asked again is no retry.
  if (event.attempt === 0 || event.poke !== undefined) return;
  const error = earlier?.execution === event.execution ? earlier.error : undefined;
  await announce({
    type: 'Task Retried',
    detail: { ...about(event), attempt: event.attempt + 1, ...(error === undefined ? {} : { error }) },
  });
}

export async function announceFailure(event: TaskEvent, failure: Error): Promise<void> {
  await announce({
    type: 'Task Failed',
    detail: {
      ...about(event),
      attempt: event.attempt + 1,
      final: false,
      redrive: event.redrive,
      error: { name: failure.name, message: failure.message.slice(0, MAX_MESSAGE_CHARACTERS) },
    },
  });
}

export async function announceSuccess(event: TaskEvent): Promise<void> {
  if (event.announces?.success !== true) return;
  await announce({ type: 'Task Succeeded', detail: about(event) });
}

/** Told again by whoever finds the task done already: the launcher counts an update once. @throws DatasetNotTold */
export async function announceUpdates(event: TaskEvent): Promise<void> {
  const { datasets = [], partitionKey } = event.announces ?? {};
  if (datasets.length === 0) return;
  const record = await readTaskRecord(event.run.id, event.task);
  const updatedAt = record?.endedAt ?? record?.startedAt ?? event.run.startedAt;
  try {
    const { publish } = await import('../orchestration/events');
    await publish(
      datasets.map((dataset): MillraceEvent => ({
        type: 'Dataset Updated',
        detail: {
          ...about(event),
          dataset,
          ...(typeof partitionKey === 'string' ? { partitionKey } : {}),
          updatedAt,
        },
      })),
    );
  } catch (cause) {
    throw new DatasetNotTold(
      `Task '${event.task}' of ${event.run.pipeline} succeeded, and its result is recorded, but that it updated ${datasets.join(', ')} could not be told to the bus. Rerun the run to tell it again.`,
      { cause },
    );
  }
}

/** The bus did not take the update of a dataset. */
class DatasetNotTold extends MillraceError {
  override readonly name = 'Millrace.DatasetNotTold';
}

function about({ run, task, execution }: TaskEvent) {
  return { pipeline: run.pipeline, run: run.id, execution, logicalDate: run.logicalDate, task };
}

async function announce(event: MillraceEvent): Promise<void> {
  try {
    // Most tasks never tell anything, and start without the client of the bus.
    const { publish } = await import('../orchestration/events');
    await publish([event]);
  } catch (fault) {
    logger.warn(`'${event.type}' could not be told to the bus.`, fault as Error);
  }
}
