import { z } from 'zod';

/**
 * A registered version to go on learning from, as scikit-learn's `warm_start` does: its trees or coefficients are kept,
 * and its preprocessing, so that features mean the same. Lineage leads from the new run to it.
 * @default learns from nothing
 */
export const warmStart = z
  .strictObject({
    /** Of the registered model. */
    name: z.string().min(1),
    /** A version, or an alias with `@` before it. */
    version: z.string().min(1).default('@champion'),
    /** What to do while there is no such model or version: the first run of a pipeline that retrains. */
    ifMissing: z.enum(['fail', 'start-anew']).default('fail'),
  })
  .optional();
export type WarmStart = z.output<typeof warmStart>;
