/**
 * Stacking: a last model learns from what the others predicted for rows that they had not learned from. D. Wolpert,
 * "Stacked generalization", Neural Networks 5, 1992; scikit-learn's StackingClassifier and -Regressor.
 */
import { fitRidge, type LinearRegressionModel } from '../linear-regression';
import { fitLogisticRegression, type LogisticRegressionModel } from '../logistic-regression';
import { takeRows, type Matrix } from '../matrix';
import { predict, predictProba, type ClassifierModel, type RegressorModel } from '../model';
import { weightsOfRows, type WeightOptions } from '../sample-weight';
import type { Split } from '../split';

export interface StackingModel {
  readonly algorithm: 'stacking';
  /** Learned from all rows. */
  readonly models: readonly ClassifierModel[];
  /** Takes each model's probabilities: of the second class, or of every one of several. */
  readonly last: LogisticRegressionModel;
}

export interface StackingRegressorModel {
  readonly algorithm: 'stacking-regressor';
  readonly models: readonly RegressorModel[];
  /** Takes each model's number. */
  readonly last: LinearRegressionModel;
}

type FitClasses<M = ClassifierModel> = (
  x: Matrix,
  y: Int32Array,
  classes: number,
  weights: WeightOptions,
) => M;
type FitNumbers<M = RegressorModel> = (x: Matrix, y: Float64Array, weights: WeightOptions) => M;

/** @param splits whose test parts hold every row once */
export function fitStacking(
  x: Matrix,
  y: Int32Array,
  classes: number,
  fits: readonly FitClasses[],
  splits: readonly Split[],
  fitLast: FitClasses<LogisticRegressionModel> = fitLogisticRegression,
  weights: WeightOptions = {},
): StackingModel {
  const columns = outOfFold(x, splits, (train, test) =>
    fits.flatMap((fit) =>
      informative(
        predictProba(
          fit(
            takeRows(x, train),
            Int32Array.from(train, (row) => y[row]!),
            classes,
            weightsOfRows(weights, train),
          ),
          test,
        ),
      ),
    ),
  );
  return {
    algorithm: 'stacking',
    models: fits.map((fit) => fit(x, y, classes, weights)),
    last: fitLast(asMatrix(columns), y, classes, weights),
  };
}

/** @param splits whose test parts hold every row once */
export function fitStackingRegressor(
  x: Matrix,
  y: Float64Array,
  fits: readonly FitNumbers[],
  splits: readonly Split[],
  fitLast: FitNumbers<LinearRegressionModel> = fitRidge,
  weights: WeightOptions = {},
): StackingRegressorModel {
  const columns = outOfFold(x, splits, (train, test) =>
    fits.map((fit) =>
      predict(
        fit(
          takeRows(x, train),
          Float64Array.from(train, (row) => y[row]!),
          weightsOfRows(weights, train),
        ),
        test,
      ),
    ),
  );
  return {
    algorithm: 'stacking-regressor',
    models: fits.map((fit) => fit(x, y, weights)),
    last: fitLast(asMatrix(columns), y, weights),
  };
}

/** One array of rows per class. */
export function predictStacking(model: StackingModel, x: Matrix): Float64Array[] {
  return predictProba(model.last, asMatrix(model.models.flatMap((one) => informative(predictProba(one, x)))));
}

/** One number per row. */
export function predictStackingRegressor(model: StackingRegressorModel, x: Matrix): Float64Array {
  return predict(model.last, asMatrix(model.models.map((one) => predict(one, x))));
}

/** Of two classes the first says nothing new. */
function informative(probabilities: readonly Float64Array[]): readonly Float64Array[] {
  return probabilities.length === 2 ? probabilities.slice(1) : probabilities;
}

/** @throws RangeError when the test parts do not hold every row once */
function outOfFold(
  x: Matrix,
  splits: readonly Split[],
  predicted: (train: readonly number[], test: Matrix) => readonly Float64Array[],
): Float64Array[] {
  const seen = new Uint8Array(x.rows);
  const result: Float64Array[] = [];
  for (const { train, test } of splits) {
    predicted(train, takeRows(x, test)).forEach((column, f) => {
      const whole = (result[f] ??= new Float64Array(x.rows));
      test.forEach((row, i) => (whole[row] = column[i]!));
    });
    for (const row of test) seen[row]!++;
  }
  const bad = seen.findIndex((times) => times !== 1);
  if (bad >= 0)
    throw new RangeError(`Row ${bad} is in ${seen[bad]} test parts; stacking needs every row in one.`);
  return result;
}

function asMatrix(columns: readonly Float64Array[]): Matrix {
  return {
    rows: columns[0]?.length ?? 0,
    names: columns.map((_, f) => `model${f}`),
    columns,
  };
}
