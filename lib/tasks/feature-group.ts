/** Feature groups: what is known of an entity at a time. */
import { z } from 'zod';

export const featureGroup = z.object({
  /** Unique in the stage. */
  name: z.string().regex(/^[a-z0-9][a-z0-9-]*$/),
  /** Columns whose values name an entity, e.g. `['customer_id']`. */
  entity: z.array(z.string().min(1)).min(1),
  /** Column of the date or timestamp from which on the values were known. */
  eventTime: z.string().min(1),
});
export type FeatureGroup = z.output<typeof featureGroup>;

/** Where the rows of a group lie: a file for each logical date and task, which a rerun replaces. */
export function featureFolder(group: string): string {
  return `feature-store/${group}/`;
}
