/**
 * Events come over buses that others can write to: what a handler goes by must be there, before anything is written.
 * One that is refused lies in the dead letter queue with this text.
 */
import { z } from 'zod';
import { DoNotRetry } from '../model/errors';
import type { ExecutionEnded } from './end-run';
import type { AlertEvent } from './events';

/** An event lacks what its kind has. */
export class InvalidEvent extends DoNotRetry {
  override readonly name = 'Millrace.InvalidEvent';
}

const text = z.string().min(1);
const about = z.looseObject({ pipeline: text, run: text, logicalDate: z.iso.datetime({ offset: true }) });
const ofTask = z.looseObject({ ...about.shape, task: text });
const ended = z.looseObject({
  ...about.shape,
  execution: text,
  status: z.enum(['success', 'failed', 'aborted', 'timed_out']),
  endedAt: z.iso.datetime({ offset: true }),
  failed: z.array(z.looseObject({ task: text })),
});

const ALERTS: Readonly<Record<AlertEvent['type'], z.ZodType>> = {
  'Run Ended': ended,
  'Task Failed': ofTask,
  'Task Retried': ofTask,
  'Task Succeeded': ofTask,
  'Log Matched': ofTask,
  'Decision Asked': z.looseObject({ ...ofTask.shape, prompt: z.string(), expiresAt: text }),
  'Deadline Missed': about,
};

/** @throws InvalidEvent */
export function checkAlertEvent(type: unknown, detail: unknown): AlertEvent {
  const schema = Object.entries(ALERTS).find(([known]) => known === type)?.[1];
  if (schema === undefined)
    throw new InvalidEvent(
      `The notifier was told of ${JSON.stringify(type) ?? 'nothing'}. It knows of ${Object.keys(ALERTS).join(', ')}.`,
    );
  check(`The event '${String(type)}'`, schema, detail);
  return { type, detail } as AlertEvent;
}

const statusChange = z.looseObject({
  detail: z.looseObject({
    executionArn: z.string().regex(/^arn:[^:]+:states:[^:]*:[^:]*:(express|execution):[^:]+:.+$/),
    name: text,
    status: text,
  }),
});

/** @throws InvalidEvent */
export function checkExecutionEnded(event: unknown): ExecutionEnded {
  check("The event 'Step Functions Execution Status Change'", statusChange, event);
  return event as ExecutionEnded;
}

function check(what: string, schema: z.ZodType, value: unknown): void {
  const parsed = schema.safeParse(value, { reportInput: true });
  if (parsed.success) return;
  const faults = parsed.error.issues.map(
    (issue) => `  ${issue.path.map(String).join('.') || '(all of it)'}: ${issue.message}`,
  );
  throw new InvalidEvent([`${what} lacks what is needed to go by it:`, ...faults].join('\n'));
}
