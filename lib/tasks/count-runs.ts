import { z } from 'zod';
import { TRIGGER_TYPES } from '../model/run-context';
import { contract } from './contract';

export const countRuns = contract({
  name: 'count-runs',
  summary: 'Counts the runs of another pipeline that were started lately.',
  input: z.object({
    pipeline: z.string().min(1),
    /** How far back from the start of this run; with 0 nothing counts. */
    hours: z.number().nonnegative(),
    /** Only those that were started so. @default however they were */
    startedBy: z.enum(TRIGGER_TYPES).optional(),
  }),
  output: z.object({
    count: z.int(),
    /** Of the one that was started last, or an empty text. */
    latest: z.string(),
  }),
  memoryMb: 256,
  timeoutSeconds: 60,
  access: [{ store: 'runs', mode: 'read' }],
});
