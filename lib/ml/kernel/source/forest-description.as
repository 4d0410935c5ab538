/** The description of a forest: what its trees share and where they go, for the threads that grow them. */

// The description of the work, written by `describeForest`.
export const ROWS: usize = 320;
export const FEATURES: usize = 324;
export const TABLE: usize = 328;
export const VALUES: usize = 332;
export const TARGET: usize = 336;
export const WEIGHTS: usize = 340;
export const CLASSES: usize = 344;
export const FLAGS: usize = 348;
export const MAX_DEPTH: usize = 352;
export const MIN_SPLIT: usize = 356;
export const MIN_LEAF: usize = 360;
export const MAX_FEATURES: usize = 364;
export const DRAWN: usize = 368;
export const WIDEST: usize = 372;
export const SEEDS: usize = 376;
export const TREES: usize = 380;
export const TREE_BYTES: usize = 384;
export const CAPACITY: usize = 388;
export const SCRATCH: usize = 392;
export const SCRATCH_BYTES: usize = 396;
export const MIN_DECREASE: usize = 400;
export const CENTRE: usize = 408;

/** The target is a class. */
export const IS_CLASS = 1;
/** A histogram by class; otherwise two classes are numbers 0 and 1 under squared error. */
export const BY_CLASS = 2;
export const ENTROPY = 4;
/** Cuts are drawn at random, of values. */
export const RANDOM = 8;
/** Bins are four bytes each, not one. */
export const WIDE = 16;

/** What all trees share. `target` and `weights` are float64 of all rows; `drawn` is 0 for all rows without sampling. */
export function describeForest(
  rows: i32,
  features: i32,
  table: usize,
  values: usize,
  target: usize,
  weights: usize,
  classes: i32,
  flags: i32,
  maxDepth: i32,
  minSamplesSplit: i32,
  minSamplesLeaf: i32,
  maxFeatures: i32,
  drawn: i32,
  widest: i32,
  minImpurityDecrease: f64,
  centre: f64,
): void {
  store<i32>(ROWS, rows);
  store<i32>(FEATURES, features);
  store<usize>(TABLE, table);
  store<usize>(VALUES, values);
  store<usize>(TARGET, target);
  store<usize>(WEIGHTS, weights);
  store<i32>(CLASSES, classes);
  store<i32>(FLAGS, flags);
  store<i32>(MAX_DEPTH, maxDepth);
  store<i32>(MIN_SPLIT, minSamplesSplit);
  store<i32>(MIN_LEAF, minSamplesLeaf);
  store<i32>(MAX_FEATURES, maxFeatures);
  store<i32>(DRAWN, drawn);
  store<i32>(WIDEST, widest);
  store<f64>(MIN_DECREASE, minImpurityDecrease);
  store<f64>(CENTRE, centre);
}

/**
 * Where trees go and what growing one needs.
 * @param seeds of each job, 32 bits
 * @param trees of each job `treeBytes`: how many nodes, 16 bytes in all, then the arrays of `Nodes`
 * @param scratch of each thread `scratchBytes`: see `Grower`
 */
export function describeTrees(
  seeds: usize,
  trees: usize,
  treeBytes: usize,
  capacity: i32,
  scratch: usize,
  scratchBytes: usize,
): void {
  store<usize>(SEEDS, seeds);
  store<usize>(TREES, trees);
  store<usize>(TREE_BYTES, treeBytes);
  store<i32>(CAPACITY, capacity);
  store<usize>(SCRATCH, scratch);
  store<usize>(SCRATCH_BYTES, scratchBytes);
}
