import { z } from 'zod';

/** How much rows of a class count: as much as makes all classes equal, or a factor per label. @default 1 each */
export const classWeight = z
  .union([z.literal('balanced'), z.record(z.string(), z.number().positive())])
  .optional();
export type ClassWeight = z.output<typeof classWeight>;
