import { z } from 'zod';
import { contract } from './contract';

export const pipelineSensor = contract({
  name: 'pipeline-sensor',
  summary: 'Waits for a successful run of another pipeline for a date.',
  input: z.object({
    pipeline: z.string().min(1),
    /** The day of the logical date, `YYYY-MM-DD`, or the logical date itself. */
    date: z.string().regex(/^\d{4}-\d{2}-\d{2}/),
    /** A run that ended otherwise fails the sensor, instead of being waited for until it is run again. */
    failOnFailure: z.boolean().default(false),
  }),
  output: z.object({ runId: z.string(), logicalDate: z.string(), endedAt: z.string() }),
  memoryMb: 256,
  timeoutSeconds: 60,
  access: [{ store: 'runs', mode: 'read' }],
});
