/** A score for each split of the rows. */
import type { Split } from '../split';
import type { Problem } from './problem';

export interface FoldScore {
  readonly test: number;
  /** Of the rows learned from; only when asked for. */
  readonly train: number | undefined;
  readonly fitSeconds: number;
}

export interface CrossValidation {
  readonly folds: readonly FoldScore[];
  readonly mean: number;
  /** Population standard deviation over the folds. */
  readonly std: number;
}

/** @throws RangeError without a split */
export function crossValidate<P, O>(
  problem: Problem<P, O>,
  params: P,
  splits: readonly Split[],
  options: { /** @default false */ readonly trainScore?: boolean } = {},
): CrossValidation {
  if (splits.length === 0) throw new RangeError('Cross-validation needs at least one split.');
  const folds = splits.map(({ train, test }): FoldScore => {
    const features = problem.features(train, test);
    const start = performance.now();
    const predict = problem.fit(features.train, train, params);
    const fitSeconds = (performance.now() - start) / 1000;
    return {
      fitSeconds,
      test: problem.score(test, predict(features.test)),
      train: options.trainScore === true ? problem.score(train, predict(features.train)) : undefined,
    };
  });
  const mean = folds.reduce((sum, fold) => sum + fold.test, 0) / folds.length;
  const variance = folds.reduce((sum, fold) => sum + (fold.test - mean) ** 2, 0) / folds.length;
  return { folds, mean, std: Math.sqrt(variance) };
}

/** What was predicted for each test part, in the order of the splits. */
export function predictOutOfFold<P, O>(
  problem: Problem<P, O>,
  params: P,
  splits: readonly Split[],
): { readonly rows: readonly number[]; readonly predicted: O }[] {
  return splits.map(({ train, test }) => {
    const features = problem.features(train, test);
    return { rows: test, predicted: problem.fit(features.train, train, params)(features.test) };
  });
}
