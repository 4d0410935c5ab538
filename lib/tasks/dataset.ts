/** References to things in S3 that tasks hand to each other. Small on purpose: they travel in the state. */
import { z } from 'zod';

export const objectRef = z.object({
  /** `s3://bucket/key` */
  uri: z.string().regex(/^s3:\/\/[^/]+\/.+$/),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  bytes: z.int().nonnegative(),
  /** S3 version, when the bucket keeps versions. */
  versionId: z.string().optional(),
});
export type ObjectRef = z.output<typeof objectRef>;

export const columnType = z.enum(['string', 'integer', 'number', 'boolean', 'date', 'timestamp']);
export type ColumnType = z.output<typeof columnType>;

export const column = z.object({ name: z.string().min(1), type: columnType });
export type Column = z.output<typeof column>;

/** An immutable version of a data set: one Parquet or CSV object. */
export const datasetRef = objectRef.extend({
  name: z.string().min(1),
  format: z.enum(['parquet', 'csv']),
  rows: z.int().nonnegative(),
  columns: z.array(column),
  /** How it was made: the contract, and the addresses of what it was made of. */
  made: z.object({ by: z.string(), from: z.array(z.string()) }).optional(),
});
export type DatasetRef = z.output<typeof datasetRef>;

/**
 * One part of a split, and the preprocessor that was fitted on the train part. The Parquet file has the raw columns and
 * the target; whoever trains or scores applies the preprocessor, so every model sees the same rows in its own way.
 */
export const featureSet = z.object({
  dataset: datasetRef,
  /** JSON of the fitted preprocessor: what turns raw columns into the feature columns. */
  preprocessor: objectRef,
  target: z.string(),
  /** Class labels in index order; binary targets have the positive class last. Empty for a regression. */
  classes: z.array(z.string()),
  /** Column of the rows' weights, which is no feature: who learns or judges counts a row by it. @default 1 each */
  sampleWeight: z.string().optional(),
  /**
   * Features of the rows as they are to be learned from, where these are not what the preprocessor makes of them: target
   * encodings of the train part are out of fold.
   */
  learned: datasetRef.optional(),
});
export type FeatureSet = z.output<typeof featureSet>;

/** A trained model: an MLflow model folder in S3 and the tracking run that made it. */
export const modelRef = z.object({
  /** The task's short name for it, e.g. `random-forest`. */
  name: z.string(),
  algorithm: z.string(),
  runId: z.string(),
  /** `s3://bucket/prefix/` of the folder that holds `MLmodel` and `model.onnx`. */
  uri: z.string().regex(/^s3:\/\/.+\/$/),
  /** SHA-256 and size of `model.onnx`. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  bytes: z.int().positive(),
  /** Empty for a regression. */
  classes: z.array(z.string()),
});
export type ModelRef = z.output<typeof modelRef>;

/**
 * Metrics of a binary or multi-class classifier on one dataset. Multi-class precision, recall and F1 are macro averages.
 * Rows count by their weights.
 */
export const classificationMetrics = z.object({
  rows: z.int().positive(),
  auc: z.number(),
  accuracy: z.number(),
  precision: z.number(),
  recall: z.number(),
  f1: z.number(),
  logLoss: z.number(),
  /** Of two classes half of Brier's own score, as in scikit-learn. */
  brier: z.number().optional(),
  averagePrecision: z.number().optional(),
  balancedAccuracy: z.number().optional(),
  matthewsCorrelation: z.number().optional(),
  /** Of more than three classes. */
  top3Accuracy: z.number().optional(),
});
export type ClassificationMetrics = z.output<typeof classificationMetrics>;

/** `matrix[actual][predicted]`, in the order of `classes`: rows, or sums of their weights. */
export const confusionMatrix = z.object({
  classes: z.array(z.string()),
  matrix: z.array(z.array(z.number().nonnegative())),
});
export type ConfusionMatrix = z.output<typeof confusionMatrix>;

export const evaluation = z.object({
  model: modelRef,
  metrics: classificationMetrics,
  confusion: confusionMatrix,
});
export type Evaluation = z.output<typeof evaluation>;

/** Metrics of predicted numbers, in the unit of the target but for `r2` and `mape`, which is a share. */
export const regressionMetrics = z.object({
  rows: z.int().positive(),
  rmse: z.number(),
  mae: z.number(),
  r2: z.number(),
  mape: z.number(),
  medianAbsoluteError: z.number(),
  maxError: z.number(),
  bias: z.number(),
  explainedVariance: z.number().optional(),
  /** Mean pinball loss, where what is predicted is meant to be the quantile 0.1 (0.5, 0.9). */
  quantileLoss10: z.number().optional(),
  quantileLoss50: z.number().optional(),
  quantileLoss90: z.number().optional(),
});
export type RegressionTaskMetrics = z.output<typeof regressionMetrics>;

export const regressionEvaluation = z.object({ model: modelRef, metrics: regressionMetrics });
export type RegressionEvaluation = z.output<typeof regressionEvaluation>;
