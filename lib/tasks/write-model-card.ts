import { z } from 'zod';
import { contract } from './contract';
import { featureSet, modelRef, objectRef } from './dataset';

export const writeModelCard = contract({
  name: 'write-model-card',
  summary:
    'Describes a model for those who decide on it: metrics with intervals, curves, errors, slices, what it goes by; as an HTML page and as JSON.',
  input: z.object({
    model: modelRef,
    /** Rows that the model has not learned from. */
    test: featureSet,
    /** What it learned from: draws a learning curve by fitting again on parts of it. @default no curve */
    train: featureSet.optional(),
    /** What the model is for, and for what it is not. */
    intendedUse: z.string().default(''),
    limitations: z.string().default(''),
    /** What errors cost: chooses the threshold of the positive class. @default no threshold is chosen */
    costs: z.object({ falsePositive: z.number(), falseNegative: z.number() }).optional(),
    /** Columns by whose values the main metric is also given. @default all texts with at most 20 values */
    slices: z.array(z.string()).optional(),
    /** Of the most important columns, this many are varied to show what the model makes of them. */
    dependence: z.int().nonnegative().max(20).default(4),
    /** Held-out rows whose Shapley values are averaged, of models of trees; deep forests take seconds for a hundred. */
    shapRows: z.int().nonnegative().max(2000).default(200),
    confidence: z.number().gt(0).lt(1).default(0.95),
    seed: z.int().nonnegative().default(42),
  }),
  output: z.object({
    report: objectRef,
    json: objectRef,
    /** Of the positive class or the macro average; of a regression in the target's unit. */
    metrics: z.record(z.string(), z.number()),
    /** Columns by their permutation importance, the most important first. */
    importances: z.array(z.object({ column: z.string(), mean: z.number(), std: z.number() })),
    /** `null` without costs, with more than two classes, and where it is cheapest to call no row positive. */
    threshold: z.number().nullable(),
  }),
  memoryMb: 1769,
  timeoutSeconds: 840,
  access: [
    { store: 'objects', mode: 'read', prefix: 'features/{pipeline}/' },
    { store: 'objects', mode: 'write', prefix: 'artifacts/' },
    { store: 'objects', mode: 'write', prefix: 'reports/{pipeline}/' },
    { store: 'tracking', mode: 'write' },
  ],
});
