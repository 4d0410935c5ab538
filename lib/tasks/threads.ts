import { z } from 'zod';

/**
 * Threads that a task learns on; the model is the same whatever their number. `'all'` takes as many as the function has
 * processors: a Lambda has one for each 1,769 MB of memory, so raise `memoryMb` with it.
 */
export const threads = z.union([z.int().min(1).max(64), z.literal('all')]).default(1);
