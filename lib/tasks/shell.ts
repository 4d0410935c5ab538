import { z } from 'zod';
import { contract } from './contract';

export const shell = contract({
  name: 'shell',
  summary: 'Runs a command with bash.',
  input: z.object({
    /** Constant: what differs from run to run comes in `environment`. */
    command: z.string().min(1),
    environment: z
      .record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/), z.union([z.string(), z.number(), z.boolean()]))
      .default({}),
  }),
  output: z.object({
    /** The last line of the standard output that is not empty. */
    lastLine: z.string(),
    /** What the command wrote as JSON into the file `$MILLRACE_OUTPUT`. */
    value: z.json(),
  }),
  skips: true,
});
