/** What is to be learned, apart from how: features that may depend on the rows learned from, targets, a score. */
import { takeRows, type Matrix } from '../matrix';
import { predict, predictProba, type ClassifierModel, type RegressorModel } from '../model';
import { fitTransformColumns, transformColumns, type ColumnStep } from '../preprocessing/column-transformer';
import type { RawColumn } from '../raw-column';
import { weightsOfRows, type WeightOptions } from '../sample-weight';
import type { ClassScorer, NumberScorer } from './scorers';

/** Features of rows to learn from and of other rows, which nothing may be learned from. */
export type Features = (
  train: readonly number[],
  test: readonly number[],
) => { readonly train: Matrix; readonly test: Matrix };

/**
 * @typeParam P parameters of the fit
 * @typeParam O what a model predicts for some rows
 */
export interface Problem<P, O> {
  readonly rows: number;
  readonly features: Features;
  /** Fits on the features of these rows. */
  readonly fit: (x: Matrix, rows: readonly number[], params: P) => (x: Matrix) => O;
  readonly score: (rows: readonly number[], predicted: O) => number;
}

/** The same features whatever rows are learned from: only for what learned nothing itself. */
export function fixedFeatures(x: Matrix): Features {
  return (train, test) => ({ train: takeRows(x, train), test: takeRows(x, test) });
}

/** The steps fitted anew on each train part. @param y of all rows, for target encodings */
export function columnFeatures(
  columns: readonly RawColumn[],
  steps: readonly ColumnStep[],
  y?: ArrayLike<number>,
): Features {
  return (train, test) => {
    const target = y === undefined ? undefined : Float64Array.from(train, (row) => y[row]!);
    const { state, x } = fitTransformColumns(columns, train, steps, target);
    return { train: x, test: transformColumns(state, columns, test) };
  };
}

/** @param y class numbers of all rows @param weights of all rows: for learning and for the score */
export function classProblem<P>(
  features: Features,
  y: Int32Array,
  fit: (x: Matrix, y: Int32Array, params: P, weights: WeightOptions) => ClassifierModel,
  score: ClassScorer,
  weights: WeightOptions = {},
): Problem<P, readonly Float64Array[]> {
  const labels = (rows: readonly number[]) => Int32Array.from(rows, (row) => y[row]!);
  return {
    rows: y.length,
    features,
    fit: (x, rows, params) => {
      const model = fit(x, labels(rows), params, weightsOfRows(weights, rows));
      return (other) => predictProba(model, other);
    },
    score: (rows, predicted) => score(labels(rows), predicted, weightsOfRows(weights, rows)),
  };
}

/** @param y numbers of all rows @param weights as of `classProblem` */
export function numberProblem<P>(
  features: Features,
  y: Float64Array,
  fit: (x: Matrix, y: Float64Array, params: P, weights: WeightOptions) => RegressorModel,
  score: NumberScorer,
  weights: WeightOptions = {},
): Problem<P, Float64Array> {
  const targets = (rows: readonly number[]) => Float64Array.from(rows, (row) => y[row]!);
  return {
    rows: y.length,
    features,
    fit: (x, rows, params) => {
      const model = fit(x, targets(rows), params, weightsOfRows(weights, rows));
      return (other) => predict(model, other);
    },
    score: (rows, predicted) => score(targets(rows), predicted, weightsOfRows(weights, rows)),
  };
}
