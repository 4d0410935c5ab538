/** Baselines that do not look at the features: what any model must beat. scikit-learn's DummyClassifier and -Regressor. */
import type { Matrix } from './matrix';
import { quantile } from './quantile';
import { rowWeights, type WeightOptions } from './sample-weight';

export interface DummyOptions extends WeightOptions {
  /** Shares of the classes, all on the most frequent one (the first on a tie), or the same for each. @default 'prior' */
  readonly strategy?: 'prior' | 'most-frequent' | 'uniform';
}

export interface DummyModel {
  readonly algorithm: 'dummy';
  readonly classes: number;
  readonly probabilities: readonly number[];
}

export interface DummyRegressorModel {
  readonly algorithm: 'dummy-regressor';
  readonly value: number;
}

/** @param y class numbers from 0, one per row @throws RangeError for input or weights that do not fit */
export function fitDummy(
  x: Pick<Matrix, 'rows'>,
  y: Int32Array,
  classes: number,
  options: DummyOptions = {},
): DummyModel {
  const weights = rowWeights(x.rows, options);
  const totals = new Float64Array(classes);
  y.forEach((label, row) => (totals[label]! += weights?.[row] ?? 1));
  const sum = totals.reduce((a, b) => a + b, 0);
  const most = totals.indexOf(Math.max(...totals));
  const probabilities = Array.from(totals, (total, c) =>
    options.strategy === 'uniform'
      ? 1 / classes
      : options.strategy === 'most-frequent'
        ? Number(c === most)
        : total / sum,
  );
  return { algorithm: 'dummy', classes, probabilities };
}

/** @param y numbers, one per row; medians and quantiles between two rows are linear, and leave weights aside */
export function fitDummyRegressor(
  x: Pick<Matrix, 'rows'>,
  y: Float64Array,
  options: WeightOptions & {
    /** @default 'mean' */
    readonly strategy?: 'mean' | 'median' | 'quantile' | 'constant';
    /** Of 'quantile'. @default 0.5 */
    readonly quantile?: number;
    /** Of 'constant'. @default 0 */
    readonly constant?: number;
  } = {},
): DummyRegressorModel {
  const { strategy = 'mean' } = options;
  if (strategy === 'constant') return { algorithm: 'dummy-regressor', value: options.constant ?? 0 };
  if (strategy === 'median') return { algorithm: 'dummy-regressor', value: quantile(y, 0.5) };
  if (strategy === 'quantile')
    return { algorithm: 'dummy-regressor', value: quantile(y, options.quantile ?? 0.5) };
  const weights = rowWeights(x.rows, options);
  let sum = 0;
  let total = 0;
  y.forEach((value, row) => {
    sum += value * (weights?.[row] ?? 1);
    total += weights?.[row] ?? 1;
  });
  return { algorithm: 'dummy-regressor', value: sum / total };
}

export function predictDummyProba(model: DummyModel, x: Pick<Matrix, 'rows'>): Float64Array[] {
  return model.probabilities.map((p) => new Float64Array(x.rows).fill(p));
}

export function predictDummy(model: DummyRegressorModel, x: Pick<Matrix, 'rows'>): Float64Array {
  return new Float64Array(x.rows).fill(model.value);
}
