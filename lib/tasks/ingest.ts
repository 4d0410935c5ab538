/** What the tasks have in common that bring datasets from outside. */
import { z } from 'zod';
import { columnType, datasetRef } from './dataset';
import type { ConnectionKind } from './connection-kinds';

/** A connection to a service of one of the kinds, as `connection(…)` makes it. */
export function connectionTo<const Kind extends ConnectionKind>(...kinds: readonly Kind[]) {
  return z.object({
    kind: z.literal('connection'),
    name: z.string().min(1),
    to: z.enum(kinds),
    from: z.enum(['parameter', 'secrets-manager']),
  });
}

export const ingestInput = {
  /** Name of the dataset. */
  name: z.string().regex(/^[a-z0-9][a-z0-9-]*$/),
  /** Types of columns. @default those of the source */
  types: z.record(z.string(), columnType).default({}),
  /** What to do without rows: fail, skip the task, or write a dataset without rows. */
  whenEmpty: z.enum(['fail', 'skip', 'write']).default('fail'),
};

/** The part of the source that a logical date got: greater than `low`, at most `high`. */
export const watermarkRange = z.object({ low: z.string().nullable(), high: z.string().nullable() });

export const ingestOutput = z.object({
  dataset: datasetRef,
  /** `null` when everything was read. */
  range: watermarkRange.nullable(),
});

export const ingestAccess = [{ store: 'objects', mode: 'write', prefix: 'datasets/{pipeline}/' }] as const;
