/** The best of several parameters by cross-validation: grid search over `parameterGrid`, random search over `parameterDraws`. */
import type { Split } from '../split';
import { crossValidate, type CrossValidation } from './cross-validate';
import type { Problem } from './problem';

export interface Tried<P> extends CrossValidation {
  readonly params: P;
  /** 1 for the best; equal scores share a rank. */
  readonly rank: number;
}

export interface SearchResult<P> {
  /** In the order of the candidates. */
  readonly tried: readonly Tried<P>[];
  /** The first of those with the best mean. */
  readonly best: Tried<P>;
}

/** @throws RangeError without a candidate, or when no candidate has a number as its score */
export function searchParameters<P, O>(
  problem: Problem<P, O>,
  candidates: readonly P[],
  splits: readonly Split[],
  options: { readonly trainScore?: boolean } = {},
): SearchResult<P> {
  const scored = candidates.map((params) => ({ params, ...crossValidate(problem, params, splits, options) }));
  const tried = scored.map((one) => ({
    ...one,
    rank: Number.isNaN(one.mean) ? scored.length : 1 + scored.filter((other) => other.mean > one.mean).length,
  }));
  const best = tried.find((one) => one.rank === 1 && !Number.isNaN(one.mean));
  if (best === undefined) throw new RangeError(`None of the ${candidates.length} candidates has a score.`);
  return { tried, best };
}
