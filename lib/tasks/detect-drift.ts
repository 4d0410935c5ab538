import { z } from 'zod';
import { contract } from './contract';
import { columnType, datasetRef, objectRef } from './dataset';

/** How one feature of the current data differs from the reference. Measures are `null` where they have no meaning. */
export const featureDrift = z.object({
  column: z.string(),
  kind: z.enum(['number', 'text']),
  drifted: z.boolean(),
  /** What decided: the test, or the share of missing values. */
  reason: z.string(),
  test: z.enum(['ks', 'chi-squared', 'psi', 'jensen-shannon']),
  statistic: z.number().nullable(),
  /** Of the test; `null` for a distance. */
  pValue: z.number().nullable(),
  /** The same after the correction for many tests: what is compared with `alpha`. */
  adjustedPValue: z.number().nullable(),
  psi: z.number().nullable(),
  jensenShannon: z.number().nullable(),
  /** Shares of missing values. */
  missingReference: z.number(),
  missingCurrent: z.number(),
});
export type FeatureDrift = z.output<typeof featureDrift>;

export const schemaChange = z.object({
  column: z.string(),
  change: z.enum(['added', 'removed', 'type']),
  before: columnType.nullable(),
  after: columnType.nullable(),
});
export type SchemaChange = z.output<typeof schemaChange>;

/** The members of `driftRule` each have a default: `{}` is a rule. */
export const driftRule = z.object({
  /** For columns of numbers, dates and times. */
  numbers: z.enum(['ks', 'psi', 'jensen-shannon']).default('ks'),
  /** For columns of texts and booleans. */
  categories: z.enum(['chi-squared', 'psi', 'jensen-shannon']).default('chi-squared'),
  /** A feature has drifted below this p-value. */
  alpha: z.number().gt(0).lt(1).default(0.05),
  /**
   * For the p-values of all features together. The plain rule "any feature with p < 0.05" is 'none'; with 20 features
   * that do not drift it gives a false alarm two times of three.
   */
  correction: z.enum(['none', 'bonferroni', 'benjamini-hochberg']).default('benjamini-hochberg'),
  /** A feature has drifted from this population stability index on, where 'psi' is the test. */
  psi: z.number().positive().default(0.25),
  /** A feature has drifted from this Jensen–Shannon distance on, where that is the test. */
  jensenShannon: z.number().positive().max(1).default(0.1),
  /** A feature has drifted when its share of missing values differs by more than this. */
  missingDifference: z.number().nonnegative().max(1).default(0.05),
  /** The dataset has drifted when more than this share of the features has; 0: any feature. */
  share: z.number().nonnegative().lt(1).default(0),
  /** Quantile bins of the reference, for stability index, Jensen–Shannon distance and charts. */
  bins: z.int().min(2).max(100).default(10),
  /** Texts beyond this many, the rarest of the reference and new ones, count as one category. */
  maxCategories: z.int().min(2).default(100),
});
export type DriftRule = z.output<typeof driftRule>;

export const detectDrift = contract({
  name: 'detect-drift',
  summary: 'Tells by statistical tests which features of a dataset differ from a reference, and reports it.',
  input: z.object({
    /** What the model learned from, for one: `features.train.dataset`. */
    reference: datasetRef,
    current: datasetRef,
    /** Columns to compare. @default all that both have, but dates and timestamps, which always move on */
    columns: z.array(z.string()).min(1).optional(),
    /** Columns to leave out. */
    exclude: z.array(z.string()).default([]),
    rule: driftRule.prefault({}),
    /** Whether a column that was added or removed, or has another type, is drift of the dataset. */
    schemaChangeCounts: z.boolean().default(true),
    /** Registered model whose alarm of this task is open as long as there is drift; gates of promotions look at it. */
    watches: z.string().min(1).optional(),
  }),
  output: z.object({
    drifted: z.boolean(),
    /** One sentence with numbers and names. */
    reason: z.string(),
    /** Names of the features that drifted, the strongest drift first. */
    driftedFeatures: z.array(z.string()),
    /** Share of the features that drifted. */
    driftedShare: z.number(),
    schemaChanges: z.array(schemaChange),
    features: z.array(featureDrift),
    report: objectRef,
    json: objectRef,
    /** The tracking run with the metrics. */
    runId: z.string(),
  }),
  memoryMb: 1769,
  // Data of other pipelines too: one that watches a model compares what another one trained it with.
  access: [
    { store: 'objects', mode: 'read', prefix: 'datasets/' },
    { store: 'objects', mode: 'read', prefix: 'features/' },
    { store: 'objects', mode: 'read', prefix: 'predictions/' },
    { store: 'objects', mode: 'write', prefix: 'reports/{pipeline}/' },
    { store: 'tracking', mode: 'write' },
  ],
});
