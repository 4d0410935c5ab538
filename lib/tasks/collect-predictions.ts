import { z } from 'zod';
import { contract } from './contract';
import { datasetRef, modelRef, objectRef } from './dataset';
import { endpointName } from './deploy-model';

export const collectPredictions = contract({
  name: 'collect-predictions',
  summary:
    'Reads what an endpoint was asked and answered, joins the labels that have arrived, and sums it up.',
  input: z.object({
    endpoint: endpointName,
    /** Length of the stretch of time that ends with the data interval of the run. */
    hours: z.number().positive().default(24),
    /** The same for predictions that are compared with labels, which may come late. @default `hours` */
    labelHours: z.number().positive().optional(),
    /**
     * Whose predictions are joined with labels: those of the version that has the traffic, to judge it, or of all versions,
     * to learn from what was asked.
     */
    labelledBy: z.enum(['served', 'all']).default('served'),
    /** What becomes of the task where no version is served yet. */
    unserved: z.enum(['fail', 'skip']).default('fail'),
  }),
  output: z.object({
    /** ISO instants; predictions from the first to before the second. */
    from: z.string(),
    to: z.string(),
    model: modelRef,
    version: z.string(),
    /** Predictions of the version that has the traffic. */
    rows: z.int(),
    /** Of other versions in the same time. */
    otherRows: z.int(),
    /** What was asked: the columns that the model takes. */
    current: datasetRef,
    /** Rows with what came to pass. */
    labelledRows: z.int(),
    /** The same with the target. */
    labelled: datasetRef,
    /** What the version was fitted on. */
    reference: datasetRef,
    /** What it was measured on then. */
    heldOut: datasetRef,
    target: z.string(),
    /** Share of each label among the predictions, or mean, minimum and maximum of predicted numbers. */
    answers: z.record(z.string(), z.number()),
    json: objectRef,
  }),
  memoryMb: 1769,
  timeoutSeconds: 600,
  skips: true,
  access: [
    { store: 'objects', mode: 'read', prefix: 'predictions-log/' },
    { store: 'objects', mode: 'read', prefix: 'labels/' },
    { store: 'objects', mode: 'read', prefix: 'artifacts/' },
    { store: 'objects', mode: 'read', prefix: 'features/' },
    { store: 'objects', mode: 'write', prefix: 'datasets/{pipeline}/' },
    { store: 'objects', mode: 'write', prefix: 'reports/{pipeline}/' },
    { store: 'tracking', mode: 'read' },
    { store: 'endpoints', mode: 'read' },
  ],
});
