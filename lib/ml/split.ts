import { InvalidDataset } from '../data/invalid-dataset';
import { Random } from './random';

export interface Split {
  readonly train: readonly number[];
  readonly test: readonly number[];
}

/**
 * Row numbers of a train and a test part, each ascending. Stratified: every class gives its share to the test part,
 * rounded by largest remainder, so that the parts have the sizes asked for.
 */
export function trainTestSplit(
  labels: ArrayLike<number>,
  classes: number,
  testSize: number,
  seed: number,
  stratify: boolean,
): Split {
  const random = new Random(seed);
  const groups: number[][] = Array.from({ length: stratify ? classes : 1 }, () => []);
  for (let row = 0; row < labels.length; row++) groups[stratify ? (labels[row] ?? 0) : 0]?.push(row);
  const wanted = Math.round(labels.length * testSize);
  const exact = groups.map((group) => (group.length * wanted) / labels.length);
  const counts = exact.map(Math.floor);
  const byRemainder = exact
    .map((value, i) => ({ i, remainder: value - Math.floor(value) }))
    .sort((x, y) => y.remainder - x.remainder || x.i - y.i);
  let left = wanted - counts.reduce((sum, n) => sum + n, 0);
  for (const { i } of byRemainder) if (left-- > 0) counts[i] = (counts[i] ?? 0) + 1;
  const test: number[] = [];
  const train: number[] = [];
  groups.forEach((group, i) => {
    random.shuffle(group);
    test.push(...group.slice(0, counts[i]));
    train.push(...group.slice(counts[i]));
  });
  const ascending = (a: number, b: number) => a - b;
  return { train: train.sort(ascending), test: test.sort(ascending) };
}

/** The rows that come last in the order are the test part; rows of equal order stay as they are. */
export function orderedSplit(order: readonly (string | number)[], testSize: number): Split {
  const rows = order.map((_, row) => row);
  rows.sort((a, b) => (order[a]! < order[b]! ? -1 : order[a]! > order[b]! ? 1 : a - b));
  const cut = rows.length - Math.round(rows.length * testSize);
  if (cut === 0 || cut === rows.length)
    throw new InvalidDataset(
      `${rows.length} rows leave none for one part of the split, of which ${testSize} is for the test.`,
    );
  return { train: rows.slice(0, cut), test: rows.slice(cut) };
}
