import { z } from 'zod';
import { contract } from './contract';
import { datasetRef, modelRef, objectRef } from './dataset';
import { anyMetric } from './metric';

export const measureDecay = contract({
  name: 'measure-decay',
  summary: 'Scores a model on labelled data of today and compares it with its baseline.',
  input: z.object({
    model: modelRef,
    /** Rows with what came to pass in `target`. */
    current: datasetRef,
    target: z.string().min(1),
    /**
     * What the model was worth: a value, or rows to score it on now. The value is `evaluation.metrics.auc` of
     * `evaluateModels`, for one.
     */
    baseline: z.union([z.object({ value: z.number() }), z.object({ dataset: datasetRef })]),
    /** @default 'auc' for classes, 'rmse' for numbers */
    metric: anyMetric.optional(),
    /** How much worse, in the metric's unit, is still well. @default only the share counts */
    maxDrop: z.number().nonnegative().optional(),
    /** How much worse, as a share of the baseline, is still well. @default 0.05 unless `maxDrop` is given */
    maxRelativeDrop: z.number().nonnegative().optional(),
    /**
     * Whether the drop counts only when all of its confidence interval is above 0. Rows of a baseline are drawn again as
     * those of today are.
     */
    significant: z.boolean().default(false),
    confidence: z.number().gt(0).lt(1).default(0.95),
    /** Columns by whose values the metric is also measured. */
    slices: z.array(z.string()).default([]),
    seed: z.int().nonnegative().default(42),
    /** Registered model whose alarm of this task is open as long as there is decay; gates of promotions look at it. */
    watches: z.string().min(1).optional(),
  }),
  output: z.object({
    decayed: z.boolean(),
    /** One sentence with the values. */
    reason: z.string(),
    metric: anyMetric,
    current: z.number(),
    /** Bootstrap interval of the current value. */
    low: z.number(),
    high: z.number(),
    baseline: z.number(),
    /** How much worse the current value is: negative when it is better. */
    drop: z.number(),
    rows: z.int(),
    report: objectRef,
    json: objectRef,
    /** The tracking run with the metrics. */
    runId: z.string(),
  }),
  memoryMb: 1769,
  // Data of other pipelines too: one that watches a model reads what another one trained it with.
  access: [
    { store: 'objects', mode: 'read', prefix: 'datasets/' },
    { store: 'objects', mode: 'read', prefix: 'features/' },
    { store: 'objects', mode: 'read', prefix: 'predictions/' },
    { store: 'objects', mode: 'read', prefix: 'artifacts/' },
    { store: 'objects', mode: 'write', prefix: 'reports/{pipeline}/' },
    { store: 'tracking', mode: 'write' },
  ],
});
