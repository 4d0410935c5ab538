/** Tells the bus what happened to a task. A bus that does not answer is a warning in the log, never the end of a task. */
import type { TaskEvent } from '../model/envelope';
import type { MillraceEvent } from '../orchestration/events';
import type { TaskRecord } from '../orchestration/task-record';
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
