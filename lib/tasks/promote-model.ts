import { z } from 'zod';
import { contract } from './contract';
import { gateResult } from './promotion-gates';

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
    /** Decision of a person, as `approval` gives it: counts at a gate of kind 'approval' when it is a yes. */
    approval: z.object({ approved: z.boolean(), by: z.string(), comment: z.string() }).optional(),
    /** When a gate of the model refuses: `fail` with `Millrace.PromotionRefused`, or `report` it with `promoted` false. */
    onRefusal: z.enum(['fail', 'report']).default('fail'),
  }),
  output: z.object({
    name: z.string(),
    version: z.string(),
    stage: z.string(),
    alias: z.string().nullable(),
    /** Version that held the alias before. */
    previous: z.string().nullable(),
    reason: z.string(),
    /** False only with `onRefusal: 'report'`: nothing was changed then. */
    promoted: z.boolean(),
    /** Each gate of the model, with what was found and what was asked for. */
    gates: z.array(gateResult),
  }),
  memoryMb: 256,
  access: [{ store: 'tracking', mode: 'write' }],
});
