/**
 * Successive halving: all candidates on few rows, the best of them on more. K. Jamieson and A. Talwalkar, AISTATS 2016;
 * the schedule is that of scikit-learn's HalvingGridSearchCV with `min_resources='exhaust'`: the last round has all rows.
 */
import { Random } from '../random';
import type { Split } from '../split';
import type { Problem } from './problem';
import { searchParameters, type SearchResult, type Tried } from './search';

export interface HalvingOptions {
  /** Of the candidates one in so many goes on, with so many times the rows. @default 3 */
  readonly factor?: number;
  /** Fewest rows. @default 20 */
  readonly minRows?: number;
  /** Chooses the rows of a round. @default 0 */
  readonly seed?: number;
}

export interface HalvingRound<P> {
  readonly rows: number;
  readonly tried: readonly Tried<P>[];
}

export interface HalvingResult<P> extends SearchResult<P> {
  readonly rounds: readonly HalvingRound<P>[];
}

/** @param splitsOf parts some rows, given by their numbers, into train and test */
export function halvingSearch<P, O>(
  problem: Problem<P, O>,
  candidates: readonly P[],
  splitsOf: (rows: readonly number[]) => readonly Split[],
  options: HalvingOptions = {},
): HalvingResult<P> {
  const { factor = 3, minRows = 20 } = options;
  const order = Int32Array.from({ length: problem.rows }, (_, row) => row);
  new Random(options.seed ?? 0).shuffle(order);
  const rounds: HalvingRound<P>[] = [];
  let left = candidates;
  let result: SearchResult<P> | undefined;
  for (const { rows, candidates: count } of halvingSchedule(
    candidates.length,
    problem.rows,
    factor,
    minRows,
  )) {
    if (result !== undefined)
      left = [...result.tried]
        .sort((a, b) => a.rank - b.rank)
        .slice(0, count)
        .map((one) => one.params);
    const sample = [...order.subarray(0, rows)].sort((a, b) => a - b);
    result = searchParameters(problem, left, splitsOf(sample));
    rounds.push({ rows, tried: result.tried });
  }
  if (result === undefined) throw new RangeError('Halving needs at least one candidate.');
  return { ...result, rounds };
}

/** Rows and candidates of each round. */
export function halvingSchedule(
  candidates: number,
  rows: number,
  factor: number,
  minRows: number,
): { readonly rows: number; readonly candidates: number }[] {
  if (candidates === 0) return [];
  const log = (n: number) => Math.floor(Math.log(n) / Math.log(factor) + 1e-9);
  const needed = 1 + log(candidates);
  const first = Math.min(rows, Math.max(minRows, Math.floor(rows / factor ** (needed - 1))));
  const rounds = Math.min(needed, 1 + log(Math.floor(rows / first)));
  return Array.from({ length: rounds }, (_, i) => ({
    rows: Math.min(rows, Math.floor(factor ** i * first)),
    candidates: Math.ceil(candidates / factor ** i),
  }));
}
