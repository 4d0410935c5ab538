import { classifierOf, isClassifier, isRegressor, regressorOf } from '../../lib/ml/estimators';
import { takeRows, type Matrix } from '../../lib/ml/matrix';
import { predict, predictProba } from '../../lib/ml/model';
import { Random } from '../../lib/ml/random';
import { weightsOfRows, type WeightOptions } from '../../lib/ml/sample-weight';
import type { ModelCard } from '../../lib/reports/model-card';
import { CLASSIFIER_PARAMS, REGRESSOR_PARAMS, type EstimatorParams } from '../../lib/tasks/estimator';
import { mainScore } from './scored';

const SHARES = [0.1, 0.25, 0.5, 1];

interface Part {
  readonly x: Matrix;
  /** Class numbers, or numbers. */
  readonly y: ArrayLike<number>;
  readonly weights: WeightOptions;
}

/**
 * The score on both parts after learning from more and more rows, drawn by the seed.
 * @param params as they were logged: texts, JSON where the value was no text
 */
export function learningCurve(
  algorithm: string,
  params: Readonly<Record<string, string>>,
  {
    classes,
    train,
    test,
    seed,
  }: {
    readonly classes: readonly string[];
    readonly train: Part;
    readonly test: Part;
    readonly seed: number;
  },
): ModelCard['learning'] {
  const fit = fitterOf(algorithm, params, classes);
  if (fit === undefined) return [];
  const order = Int32Array.from({ length: train.x.rows }, (_, row) => row);
  new Random(seed).shuffle(order);
  return SHARES.flatMap((share) => {
    const rows = [...order.subarray(0, Math.round(share * order.length))].sort((a, b) => a - b);
    const y = Float64Array.from(rows, (row) => train.y[row]!);
    // A part that lacks a class says nothing about learning more rows.
    if (classes.length > 0 && new Set(y).size < classes.length) return [];
    const x = takeRows(train.x, rows);
    const weights = weightsOfRows(train.weights, rows);
    const outputsOf = fit(x, y, weights);
    return [
      {
        rows: rows.length,
        train: mainScore({ actual: y, outputs: outputsOf(x), classes, weights }),
        test: mainScore({ actual: test.y, outputs: outputsOf(test.x), classes, weights: test.weights }),
      },
    ];
  });
}

/** Nothing for an algorithm that is not fitted by its name. */
function fitterOf(algorithm: string, logged: Readonly<Record<string, string>>, classes: readonly string[]) {
  if (classes.length > 0 && isClassifier(algorithm)) {
    const fit = classifierOf(algorithm, paramsIn(logged, CLASSIFIER_PARAMS[algorithm].shape), classes);
    return (x: Matrix, y: Float64Array, weights: WeightOptions) => {
      const model = fit(x, Int32Array.from(y), classes.length, weights);
      return (other: Matrix) => predictProba(model, other);
    };
  }
  if (classes.length === 0 && isRegressor(algorithm)) {
    const fit = regressorOf(algorithm, paramsIn(logged, REGRESSOR_PARAMS[algorithm].shape));
    return (x: Matrix, y: Float64Array, weights: WeightOptions) => {
      const model = fit(x, y, weights);
      return (other: Matrix) => [predict(model, other)];
    };
  }
  return undefined;
}

function paramsIn(logged: Readonly<Record<string, string>>, shape: object): EstimatorParams {
  return Object.fromEntries(
    Object.entries(logged)
      .filter(([name]) => name in shape)
      .map(([name, text]) => [name, valueOf(text)]),
  );
}

function valueOf(text: string): EstimatorParams[string] {
  try {
    return JSON.parse(text) as EstimatorParams[string];
  } catch {
    return text;
  }
}
