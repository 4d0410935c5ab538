/** A value that people change without a deployment: declared beside the contracts that use it, read when a task runs. */
import type { z } from 'zod';
import type { Json } from '../model/json';

export interface Variable<Schema extends z.ZodType = z.ZodType> {
  readonly kind: 'variable';
  readonly name: string;
  readonly schema: Schema;
  /** What it is while nobody has set it. Without one a task that reads it fails until somebody sets it. */
  readonly default?: Json;
  /** One sentence. */
  readonly summary?: string;
}

export type ValueOf<V extends Variable> = z.output<V['schema']>;

/**
 * `variable('minimum-auc', z.number().min(0).max(1), { default: 0.7 })`. Whoever uses it says so in its contract
 * (`uses: { variables: [minimumAuc] }`) and reads it with `context.variable(minimumAuc)`.
 */
export function variable<Schema extends z.ZodType>(
  name: string,
  schema: Schema,
  options: { readonly default?: z.input<Schema> & Json; readonly summary?: string } = {},
): Variable<Schema> {
  return { kind: 'variable', name, schema, ...options };
}
