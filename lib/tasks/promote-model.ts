import { z } from 'zod';
import { contract } from './contract';

export const promoteModel = contract({
  name: 'promote-model',
  summary:
    'Moves a version to a stage, and optionally an alias to it, in one transaction that is recorded and can be undone.',
  input: z.object({
    name: z.string().min(1),
    version: z.string(),
    stage: z.enum(['Staging', 'Production', 'Archived']),
    /** @default the aliases stay where they are */
    alias: z.string().optional(),
    /** Moves other versions in that stage to Archived. */
    archiveExisting: z.boolean().default(false),
    /** Why, in words; recorded. */
    reason: z.string(),
    /** Fails with `Millrace.ChampionChanged` when the alias points elsewhere. `null`: the alias must be free. */
    expected: z.string().nullable().optional(),
  }),
  output: z.object({
    name: z.string(),
    version: z.string(),
    stage: z.string(),
    alias: z.string().nullable(),
    /** Version that held the alias before. */
    previous: z.string().nullable(),
    reason: z.string(),
  }),
  memoryMb: 256,
  access: [{ store: 'tracking', mode: 'write' }],
});
