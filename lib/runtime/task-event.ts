import { z } from 'zod';
import type { TaskEvent } from '../model/envelope';
import { faultsOf, InvalidInput } from './contract-errors';

/** As far as the runtime itself depends on it. */
const taskEvent = z.object({
  task: z.string().min(1),
  run: z.looseObject({
    id: z.string().min(1),
    pipeline: z.string().min(1),
    logicalDate: z.string(),
    startedAt: z.iso.datetime(),
    trigger: z.string(),
    code: z.looseObject({ commit: z.string(), dirty: z.boolean() }),
  }),
  attempt: z.int().nonnegative(),
  execution: z.string().min(1),
  redrive: z.int().nonnegative(),
  input: z.json(),
  returns: z.record(z.string(), z.enum(['inline', 'any'])),
  poke: z.object({ last: z.boolean(), softFail: z.boolean() }).optional(),
  cache: z
    .object({ seconds: z.number().positive(), environment: z.record(z.string(), z.string()).optional() })
    .optional(),
  announces: z
    .object({
      success: z.literal(true).optional(),
      datasets: z.array(z.string()).optional(),
      partitionKey: z.json().optional(),
    })
    .optional(),
  reproduces: z.string().optional(),
  taskToken: z.string().optional(),
});

/** @throws InvalidInput when the function was invoked with something that no state machine of ours sends */
export function parseTaskEvent(contract: string, event: unknown): TaskEvent {
  const parsed = taskEvent.safeParse(event);
  if (parsed.success) return event as TaskEvent;
  throw new InvalidInput(
    `The handler of '${contract}' was invoked with an event that is none of a state machine's (lib/model/envelope.ts, TaskEvent):\n${faultsOf(parsed.error, event)}`,
    { cause: parsed.error },
  );
}
