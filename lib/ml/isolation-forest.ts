/**
 * Isolation forest: how few random cuts set a row apart. F. Liu, K. Ting and Z. Zhou, "Isolation Forest", ICDM 2008;
 * the score is 2^(−mean path / c(n)) (eq. 2), near 1 for outliers and below ½ for others.
 */
import { checkComplete } from './check-input';
import type { Matrix } from './matrix';
import { quantile } from './quantile';
import { Random } from './random';
import { addTrees } from './trees/predict-trees';
import { TreeBuilder, type Tree } from './trees/tree';

export interface IsolationForestOptions {
  /** @default 100 */
  readonly nEstimators?: number;
  /** Rows per tree. @default 256, or all when there are fewer */
  readonly maxSamples?: number;
  /** Share of the training rows that count as outliers. @default none: a score above ½ does */
  readonly contamination?: number | undefined;
  /** @default 0 */
  readonly seed?: number;
}

export interface IsolationForestModel {
  readonly algorithm: 'isolation-forest';
  /** A leaf holds the path's length: its depth plus what its rows would still need. */
  readonly trees: readonly Tree[];
  /** Mean path of a tree over `maxSamples` rows. */
  readonly averagePath: number;
  /** Rows with a greater score are outliers. */
  readonly threshold: number;
}

export function fitIsolationForest(x: Matrix, options: IsolationForestOptions = {}): IsolationForestModel {
  checkComplete(x);
  const samples = Math.min(x.rows, options.maxSamples ?? 256);
  const limit = Math.ceil(Math.log2(Math.max(2, samples)));
  const seed = options.seed ?? 0;
  const columns = x.columns.map((column) => Float32Array.from(column));
  const trees = Array.from({ length: options.nEstimators ?? 100 }, (_, t) => {
    const random = new Random(seed * 1_000_003 + t);
    return isolate(columns, sampleRows(x.rows, samples, random), limit, random);
  });
  const model = {
    algorithm: 'isolation-forest' as const,
    trees,
    averagePath: Math.fround(averagePath(samples)),
    threshold: 0.5,
  };
  return options.contamination === undefined
    ? model
    : { ...model, threshold: quantile(anomalyScores(model, x), 1 - options.contamination) };
}

/** From 0 to 1 for each row, greater for outliers (scikit-learn's `-score_samples`). */
export function anomalyScores(model: IsolationForestModel, x: Matrix): Float64Array {
  const sum = new Float64Array(x.rows);
  addTrees(model.trees, x, [sum]);
  return sum.map((paths) => 2 ** (-paths / (model.trees.length * model.averagePath)));
}

/** 1 for outliers, 0 for others. */
export function predictOutliers(model: IsolationForestModel, x: Matrix): Int32Array {
  return Int32Array.from(anomalyScores(model, x), (score) => (score > model.threshold ? 1 : 0));
}

/** Mean length of an unsuccessful search in a binary search tree of n keys (eq. 1). */
export function averagePath(n: number): number {
  if (n <= 1) return 0;
  if (n === 2) return 1;
  return 2 * (Math.log(n - 1) + EULER) - (2 * (n - 1)) / n;
}

const EULER = 0.577_215_664_901_532_9;

/** Different rows, each set of them as likely: R. Floyd's algorithm (Bentley, "Programming pearls", CACM 30, 1987). */
function sampleRows(rows: number, samples: number, random: Random): Int32Array {
  const chosen = new Set<number>();
  for (let last = rows - samples; last < rows; last++) {
    const row = random.below(last + 1);
    chosen.add(chosen.has(row) ? last : row);
  }
  return Int32Array.from(chosen);
}

function isolate(columns: readonly Float32Array[], rows: Int32Array, limit: number, random: Random): Tree {
  const builder = new TreeBuilder(1);
  const grow = (part: Int32Array, depth: number): number => {
    const node = builder.leaf(part.length);
    const cut = depth < limit && part.length > 1 ? randomCut(columns, part, random) : undefined;
    if (cut === undefined) {
      builder.value[node] = Math.fround(depth + averagePath(part.length));
      return node;
    }
    const column = columns[cut.feature]!;
    const left = grow(
      part.filter((row) => column[row]! <= cut.threshold),
      depth + 1,
    );
    const right = grow(
      part.filter((row) => !(column[row]! <= cut.threshold)),
      depth + 1,
    );
    builder.split(node, cut, left, right);
    return node;
  };
  grow(rows, 0);
  return builder.finish();
}

/** A feature that varies, drawn, and a threshold between its least value and below its greatest. */
function randomCut(
  columns: readonly Float32Array[],
  rows: Int32Array,
  random: Random,
): { feature: number; threshold: number } | undefined {
  const order = columns.map((_, f) => f);
  for (let i = 0; i < order.length; i++) {
    const j = i + random.below(order.length - i);
    [order[i], order[j]] = [order[j]!, order[i]!];
    const feature = order[i]!;
    let least = Number.POSITIVE_INFINITY;
    let greatest = Number.NEGATIVE_INFINITY;
    for (const row of rows) {
      const value = columns[feature]![row]!;
      if (value < least) least = value;
      if (value > greatest) greatest = value;
    }
    if (!(greatest > least)) continue;
    const threshold = Math.fround(least + random.uniform() * (greatest - least));
    return { feature, threshold: threshold >= greatest ? least : threshold };
  }
  return undefined;
}
