import type { PoolDefinition } from '../model/pool';

/**
 * Something scarce that tasks of any pipeline share: `const warehouse = pool('warehouse', 4)`, then
 * `query('orders', { … }, { pool: warehouse })`. At most so many slots are taken at the same time.
 */
export function pool(name: string, slots: number): PoolDefinition {
  return { name, slots };
}
