import { z } from 'zod';

/** Ends boosting when the loss of rows kept aside no longer falls. @default all rounds run */
export const earlyStopping = z
  .object({
    /** Share of the rows kept aside. */
    validationFraction: z.number().gt(0).lt(1).default(0.1),
    /** Rounds without a fall. */
    nIterNoChange: z.int().positive().default(10),
    tol: z.number().nonnegative().default(1e-7),
  })
  .optional();
