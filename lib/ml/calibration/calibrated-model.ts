/**
 * A classifier whose probabilities were set right on rows that it had not learned from: out-of-fold probabilities teach
 * the calibrators, then the model learns from all rows (scikit-learn's CalibratedClassifierCV with `ensemble=False`).
 */
import { takeRows, type Matrix } from '../matrix';
import { predictProba, type ClassifierModel } from '../model';
import { weightsOfRows, type WeightOptions } from '../sample-weight';
import type { Split } from '../split';
import { applyIsotonic, fitIsotonic, type IsotonicCalibrator } from './isotonic';
import { applySigmoid, fitSigmoid, type SigmoidCalibrator } from './sigmoid';

export type Calibrator = SigmoidCalibrator | IsotonicCalibrator;

export interface CalibratedModel {
  readonly algorithm: 'calibrated';
  readonly model: ClassifierModel;
  /** One for two classes, of the second's probability; one per class for more. */
  readonly calibrators: readonly Calibrator[];
  readonly classes: number;
}

/**
 * @param splits whose test parts hold the rows to calibrate by, each at most once
 * @param method 'isotonic' fits more but needs about a thousand rows
 */
export function fitCalibrated(
  x: Matrix,
  y: Int32Array,
  classes: number,
  fit: (x: Matrix, y: Int32Array, classes: number, weights: WeightOptions) => ClassifierModel,
  splits: readonly Split[],
  method: Calibrator['kind'] = 'sigmoid',
  weights: WeightOptions = {},
): CalibratedModel {
  const labels: number[] = [];
  const tested: number[] = [];
  const scores: number[][] = Array.from({ length: classes }, () => []);
  for (const { train, test } of splits) {
    const model = fit(
      takeRows(x, train),
      Int32Array.from(train, (row) => y[row]!),
      classes,
      weightsOfRows(weights, train),
    );
    predictProba(model, takeRows(x, test)).forEach((column, c) => scores[c]!.push(...column));
    labels.push(...test.map((row) => y[row]!));
    tested.push(...test);
  }
  const { sampleWeight } = weightsOfRows(weights, tested);
  const wanted = classes === 2 ? [1] : Array.from({ length: classes }, (_, c) => c);
  return {
    algorithm: 'calibrated',
    model: fit(x, y, classes, weights),
    classes,
    calibrators: wanted.map((c) => {
      const positives = labels.map((label) => Number(label === c));
      return (method === 'sigmoid' ? fitSigmoid : fitIsotonic)(scores[c]!, positives, sampleWeight);
    }),
  };
}

/** One array of rows per class; several classes are brought to a sum of 1, equal shares where all are 0. */
export function predictCalibrated(model: CalibratedModel, x: Matrix): Float64Array[] {
  const raw = predictProba(model.model, x);
  const apply = (calibrator: Calibrator, scores: Float64Array) =>
    calibrator.kind === 'sigmoid' ? applySigmoid(calibrator, scores) : applyIsotonic(calibrator, scores);
  if (model.classes === 2) {
    const positive = apply(model.calibrators[0]!, raw[1]!);
    return [positive.map((p) => 1 - p), positive];
  }
  const columns = model.calibrators.map((calibrator, c) => apply(calibrator, raw[c]!));
  for (let row = 0; row < x.rows; row++) {
    const sum = columns.reduce((total, column) => total + column[row]!, 0);
    for (const column of columns) column[row] = sum === 0 ? 1 / model.classes : column[row]! / sum;
  }
  return columns;
}
