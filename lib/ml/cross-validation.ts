/** Ways to part rows into train and test again and again. Row numbers ascend; a seed gives the same parts everywhere. */
import { Random } from './random';
import type { Split } from './split';

export interface FoldOptions {
  /** @default 5 */
  readonly nSplits?: number;
  /** Shuffles the rows before. @default null: neighbours stay together */
  readonly seed?: number | null;
}

/** Every row is in one test part; their sizes differ by at most 1. @throws RangeError for fewer than 2 folds or rows */
export function kFold(rows: number, options: FoldOptions = {}): Split[] {
  const { nSplits = 5, seed = null } = options;
  checkFolds(nSplits, rows, 'rows');
  const order = Int32Array.from({ length: rows }, (_, row) => row);
  if (seed !== null) new Random(seed).shuffle(order);
  const folds = new Int32Array(rows);
  let at = 0;
  for (let fold = 0; fold < nSplits; fold++) {
    const size = Math.floor(rows / nSplits) + (fold < rows % nSplits ? 1 : 0);
    for (let i = 0; i < size; i++) folds[order[at++]!] = fold;
  }
  return splitsOf(folds, nSplits);
}

/**
 * As `kFold`, but each class gives every fold its share, up to one row. Folds are filled in the classes' order as by
 * scikit-learn. @throws RangeError when a class has fewer rows than there are folds
 */
export function stratifiedKFold(labels: ArrayLike<number>, options: FoldOptions = {}): Split[] {
  const { nSplits = 5, seed = null } = options;
  checkFolds(nSplits, labels.length, 'rows');
  const groups = new Map<number, number[]>();
  for (let row = 0; row < labels.length; row++) {
    const group = groups.get(labels[row]!);
    if (group === undefined) groups.set(labels[row]!, [row]);
    else group.push(row);
  }
  const random = seed === null ? undefined : new Random(seed);
  const folds = new Int32Array(labels.length);
  // Of the rows sorted by class, every n-th goes to fold k: so many of each class does fold k get.
  let at = 0;
  for (const group of groups.values()) {
    if (group.length < nSplits)
      throw new RangeError(
        `A class has ${group.length} rows, which is fewer than the ${nSplits} folds that each need one.`,
      );
    const own = group.map((_, i) => (at + i) % nSplits).sort((a, b) => a - b);
    at += group.length;
    if (random !== undefined) random.shuffle(own);
    group.forEach((row, i) => (folds[row] = own[i]!));
  }
  return splitsOf(folds, nSplits);
}

/**
 * Rows of one group stay in one fold; folds get about the same number of rows, the largest group first to the smallest
 * fold, as in scikit-learn. @throws RangeError for fewer groups than folds
 */
export function groupKFold(
  groups: readonly (string | number)[],
  options: Pick<FoldOptions, 'nSplits'> = {},
): Split[] {
  const { nSplits = 5 } = options;
  const sizes = new Map<string | number, number>();
  for (const group of groups) sizes.set(group, (sizes.get(group) ?? 0) + 1);
  checkFolds(nSplits, sizes.size, 'groups');
  const filled = new Array<number>(nSplits).fill(0);
  const foldOf = new Map<string | number, number>();
  for (const [group, size] of [...sizes].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? 1 : -1))) {
    const fold = filled.indexOf(Math.min(...filled));
    filled[fold]! += size;
    foldOf.set(group, fold);
  }
  return splitsOf(
    Int32Array.from(groups, (group) => foldOf.get(group)!),
    nSplits,
  );
}

export interface TimeSeriesOptions {
  /** @default 5 */
  readonly nSplits?: number;
  /** Rows of a test part. @default rows / (nSplits + 1), rounded down */
  readonly testSize?: number;
  /** Rows left out between train and test. @default 0 */
  readonly gap?: number;
  /** The latest rows only. @default all before the test part */
  readonly maxTrainSize?: number;
}

/** Each test part comes after its train part. The rows are in the order of time. @throws RangeError for too few rows */
export function timeSeriesSplit(rows: number, options: TimeSeriesOptions = {}): Split[] {
  const { nSplits = 5, gap = 0, maxTrainSize = Number.POSITIVE_INFINITY } = options;
  const testSize = options.testSize ?? Math.floor(rows / (nSplits + 1));
  if (nSplits < 1 || testSize < 1 || rows - nSplits * testSize - gap < 1)
    throw new RangeError(
      `${rows} rows are too few for ${nSplits} test parts of ${testSize} rows after a gap of ${gap}.`,
    );
  return Array.from({ length: nSplits }, (_, i) => {
    const start = rows - (nSplits - i) * testSize;
    const from = Math.max(0, start - gap - maxTrainSize);
    return { train: range(from, start - gap), test: range(start, start + testSize) };
  });
}

/** The splits of `make` for one seed after another. @param seed of the first repetition */
export function repeated(make: (seed: number) => Split[], repeats: number, seed = 0): Split[] {
  return Array.from({ length: repeats }, (_, i) => make(seed + i)).flat();
}

/** Whole groups to the test part until it has its share of rows, in a random order. @returns the same rows for a seed */
export function groupTrainTestSplit(
  groups: readonly (string | number)[],
  testSize: number,
  seed: number,
): Split {
  const names = [...new Set(groups)];
  const order = Int32Array.from(names, (_, i) => i);
  new Random(seed).shuffle(order);
  const wanted = Math.round(groups.length * testSize);
  const counts = new Map<string | number, number>();
  for (const group of groups) counts.set(group, (counts.get(group) ?? 0) + 1);
  const chosen = new Set<string | number>();
  let taken = 0;
  for (const i of order) {
    const name = names[i]!;
    const size = counts.get(name)!;
    // As close to the share as whole groups come in this order.
    if (taken >= wanted || Math.abs(taken + size - wanted) > Math.abs(taken - wanted)) continue;
    chosen.add(name);
    taken += size;
  }
  const folds = Int32Array.from(groups, (group) => (chosen.has(group) ? 0 : 1));
  return splitsOf(folds, 1)[0]!;
}

/** The latest share of the rows is the test part. @param time any numbers; the order of equal ones stays */
export function timeOrderedSplit(time: ArrayLike<number>, testSize: number): Split {
  const order = range(0, time.length).sort((a, b) => time[a]! - time[b]! || a - b);
  const cut = time.length - Math.round(time.length * testSize);
  const ascending = (a: number, b: number) => a - b;
  return { train: order.slice(0, cut).sort(ascending), test: order.slice(cut).sort(ascending) };
}

function splitsOf(folds: Int32Array, nSplits: number): Split[] {
  return range(0, nSplits).map((fold) => {
    const train: number[] = [];
    const test: number[] = [];
    folds.forEach((own, row) => (own === fold ? test : train).push(row));
    return { train, test };
  });
}

function range(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, to - from) }, (_, i) => from + i);
}

function checkFolds(nSplits: number, count: number, what: string): void {
  if (!Number.isInteger(nSplits) || nSplits < 2 || nSplits > count)
    throw new RangeError(
      `${nSplits} folds are asked of ${count} ${what}; there must be 2 or more, at most one each.`,
    );
}
