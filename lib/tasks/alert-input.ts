/** What a task of one's own is told that is called for a failure, a retry, a success or a missed deadline. */
import { z } from 'zod';

export const alertInput = z.object({
  occasion: z.enum([
    'run-succeeded',
    'run-failed',
    'task-succeeded',
    'task-failed',
    'task-retried',
    'deadline-missed',
    'log-matched',
    'decision-asked',
  ]),
  stage: z.string(),
  pipeline: z.string(),
  run: z.string(),
  /** Of the run that it is about. */
  logicalDate: z.string(),
  ds: z.string(),
  /** The task that it is about; none when it is about the run. */
  task: z.string().nullable(),
  /** Attempts that the task had, from 1. */
  attempt: z.number().nullable(),
  error: z.object({ name: z.string(), message: z.string() }).nullable(),
  /** One line, and the whole text. */
  subject: z.string(),
  text: z.string(),
  /** The command that shows more: the log of the task, or the run. */
  command: z.string(),
  /** The execution in the console of Step Functions; none on this machine. */
  link: z.string().nullable(),
});

export type AlertInput = z.output<typeof alertInput>;
