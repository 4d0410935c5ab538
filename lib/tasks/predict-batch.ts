import { z } from 'zod';
import { contract } from './contract';
import { datasetRef, modelRef } from './dataset';

export const predictBatch = contract({
  name: 'predict-batch',
  summary:
    'Scores a dataset and writes the predictions, a file for each value of a column or for the date of the run.',
  input: z.object({
    model: modelRef,
    dataset: datasetRef,
    /** Name of the predictions. */
    name: z.string().regex(/^[a-z0-9][a-z0-9-]*$/),
    /**
     * Column whose values part the rows: `predictions/<pipeline>/<name>/<column>=<value>/<file>.parquet`. A later run for
     * the same value takes the place of the file. @default the logical date of the run, as `ds=<date>`
     */
    partitionBy: z.string().optional(),
    /** Name of the file, for the items of a map: the hash of each dataset keeps them apart. */
    file: z
      .string()
      .regex(/^[A-Za-z0-9][\w.-]{0,127}$/)
      .default('predictions'),
  }),
  output: z.object({
    /** A dataset for each part: the columns scored, then `prediction`, or `label` and `probability_<class>`. */
    predictions: z.array(datasetRef),
    rows: z.int(),
  }),
  memoryMb: 1769,
  // The dataset and the predictions lie there while blocks of rows are scored.
  ephemeralMb: 10_240,
  timeoutSeconds: 900,
  access: [
    { store: 'objects', mode: 'read', prefix: 'datasets/{pipeline}/' },
    { store: 'objects', mode: 'read', prefix: 'artifacts/' },
    { store: 'objects', mode: 'write', prefix: 'predictions/{pipeline}/' },
  ],
});
