/** What `source/index.as` gives out; an address is a number of bytes. */
export interface KernelFunctions {
  dispatch(kind: number, jobs: number): number;
  stop(): void;
  addToRows(values: number, order: number, segments: number, span: number, value: number): void;
  binBytes(values: number, count: number, upper: number, width: number, bins: number, step: number): void;
  rangeOfBins(values: number, count: number, bins: number, step: number, low: number, high: number): void;
  roundFloats(values: number, count: number, rounded: number): number;
  sortFloats(values: number, spare: number, count: number, counters: number): void;
  restartRows(order: number, rows: number, span: number): void;
  partRows(
    order: number,
    segments: number,
    spare: number,
    span: number,
    added: number,
    bins: number,
    step: number,
    sides: number,
  ): number;
  countPack(counts: number, words: number, step: number, count: number): void;
  describeGrowth(
    features: number,
    groups: number,
    table: number,
    rows: number,
    order: number,
    scratch: number,
    cuts: number,
    wholeCounts: number,
    wholeSums: number,
    minSamplesLeaf: number,
    minHessian: number,
    lambda: number,
  ): void;
  describeChildren(
    span: number,
    count: number,
    small: number,
    parent: number,
    largeCount: number,
    smallG: number,
    smallH: number,
    largeG: number,
    largeH: number,
  ): void;
  assignRows(
    rows: number,
    stride: number,
    count: number,
    eights: number,
    centres: number,
    labels: number,
    distances: number,
  ): void;
  reassignRows(
    rows: number,
    stride: number,
    count: number,
    points: number,
    eights: number,
    centres: number,
    half: number,
    moves: number,
    farthest: number,
    labels: number,
    upper: number,
    lower: number,
    weights: number,
    sums: number,
    totals: number,
    open: number,
  ): number;
  sumClusters(
    rows: number,
    stride: number,
    count: number,
    centres: number,
    labels: number,
    weights: number,
    sums: number,
    totals: number,
  ): void;
  nearerDistances(
    rows: number,
    stride: number,
    count: number,
    point: number,
    before: number,
    weights: number,
    result: number,
  ): number;
  describeForest(
    rows: number,
    features: number,
    table: number,
    values: number,
    target: number,
    weights: number,
    classes: number,
    flags: number,
    maxDepth: number,
    minSamplesSplit: number,
    minSamplesLeaf: number,
    maxFeatures: number,
    drawn: number,
    widest: number,
    minImpurityDecrease: number,
    centre: number,
  ): void;
  describeTrees(
    seeds: number,
    trees: number,
    treeBytes: number,
    capacity: number,
    scratch: number,
    scratchBytes: number,
  ): void;
  forestScratchBytes(rows: number, features: number, widest: number, outputs: number, groups: number): number;
  addTrees(
    table: number,
    trees: number,
    block: number,
    rows: number,
    stride: number,
    sums: number,
    complete: number,
  ): void;
  addClassSums(
    values: number,
    count: number,
    labels: number,
    weights: number,
    classes: number,
    sums: number,
  ): void;
  addClassSquares(
    values: number,
    count: number,
    labels: number,
    weights: number,
    classes: number,
    means: number,
    sums: number,
  ): void;
  addGram(
    x: number,
    columns: number,
    stride: number,
    rows: number,
    centres: number,
    roots: number,
    sums: number,
  ): void;
  addToTriangle(
    x: number,
    columns: number,
    stride: number,
    rows: number,
    centres: number,
    roots: number,
    factor: number,
    sums: number,
  ): void;
  logisticGradient(
    x: number,
    features: number,
    stride: number,
    rows: number,
    weights: number,
    labels: number,
    rowWeights: number,
    common: number,
    scores: number,
    gradient: number,
  ): number;
  logisticResiduals(scores: number, labels: number, weights: number, rows: number): number;
  describeLoss(
    logistic: number,
    rows: number,
    raw: number,
    target: number,
    weight: number,
    pairs: number,
  ): void;
}
