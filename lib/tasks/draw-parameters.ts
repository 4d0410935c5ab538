import { z } from 'zod';
import { contract } from './contract';
import { estimatorParams } from './estimator';
import { paramSpace } from './tuning';

export const drawParameters = contract({
  name: 'draw-parameters',
  summary: 'Draws sets of params from a space, for a map over them: random search as parallel tasks.',
  input: z.object({
    space: paramSpace,
    /** How many sets to draw. */
    count: z.int().positive().max(1000).default(10),
    /** Params that all sets have. */
    fixed: estimatorParams.default({}),
    seed: z.int().nonnegative().default(42),
  }),
  output: z.object({ candidates: z.array(estimatorParams) }),
  memoryMb: 256,
});
