/** What an execution is started with: by the launcher, or by a person in the console. */
import { z } from 'zod';
import type { ExecutionInput } from '../model/envelope';
import type { Json } from '../model/json';
import { TRIGGER_TYPES } from '../model/run-context';
import { InvalidParams } from './parse-params';
import { isRunId } from './run-id';

const instant = z.iso
  .datetime({ offset: true, error: 'must be an ISO 8601 instant, like 2026-11-21T06:00:00Z' })
  .transform((text) => new Date(text).toISOString());

const executionInput = z.strictObject({
  runId: z
    .string()
    .refine(isRunId, 'must have at most 80 characters: letters, digits, dots, hyphens, underscores')
    .optional(),
  params: z.record(z.string(), z.json()).optional(),
  trigger: z.enum(TRIGGER_TYPES).optional(),
  logicalDate: instant.optional(),
  dataIntervalStart: instant.optional(),
  dataIntervalEnd: instant.optional(),
  cache: z.boolean().optional(),
  /** The console offers it as the input of a new execution. */
  Comment: z.string().optional(),
});

/** @throws InvalidParams that lists every fault */
export function parseExecutionInput(pipeline: string, input: Json): ExecutionInput {
  const parsed = executionInput.safeParse(input ?? {});
  if (parsed.success) {
    const { Comment: _comment, ...known } = parsed.data;
    return known as ExecutionInput;
  }
  throw new InvalidParams(
    [
      `The input of the execution of ${pipeline} is wrong:`,
      ...parsed.error.issues.map((issue) =>
        issue.code === 'unrecognized_keys'
          ? `  ${issue.keys.join(', ')}: not known here; params belong under "params"`
          : `  ${issue.path.join('.') || '(input)'}: ${issue.message}`,
      ),
      'Start it with {} or {"params": {…}}.',
    ].join('\n'),
  );
}
