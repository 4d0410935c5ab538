/** Weights of training rows, and of classes as factors on them. */
export interface WeightOptions {
  /** One weight >= 0 per row. @default 1 each */
  readonly sampleWeight?: ArrayLike<number> | undefined;
}

export interface ClassWeightOptions extends WeightOptions {
  /**
   * A factor per class, or 'balanced': rows / (classes × rows of the class), where a row counts by its weight.
   * @default 1 each
   */
  readonly classWeight?: 'balanced' | readonly number[] | undefined;
}

/** Of some of the rows, in their order. */
export function weightsOfRows(options: WeightOptions, rows: readonly number[]): WeightOptions {
  const { sampleWeight } = options;
  return sampleWeight === undefined
    ? {}
    : { sampleWeight: Float64Array.from(rows, (row) => sampleWeight[row]!) };
}

/** `undefined` when every row counts the same. @throws RangeError for a wrong length or a negative weight */
export function rowWeights(rows: number, options: WeightOptions): Float64Array | undefined {
  if (options.sampleWeight === undefined) return undefined;
  const weights = Float64Array.from(options.sampleWeight);
  if (weights.length !== rows)
    throw new RangeError(`There are ${weights.length} sample weights for ${rows} rows.`);
  const bad = weights.findIndex((weight) => !(weight >= 0 && Number.isFinite(weight)));
  if (bad >= 0) throw new RangeError(`The weight of row ${bad} is ${weights[bad]}; it must be 0 or more.`);
  return weights;
}

/** Mean of a value of each row, by the weights. @throws RangeError as `rowWeights` */
export function weightedMean(rows: number, options: WeightOptions, value: (row: number) => number): number {
  const weights = rowWeights(rows, options);
  let sum = 0;
  let total = 0;
  for (let row = 0; row < rows; row++) {
    const weight = weights?.[row] ?? 1;
    sum += weight * value(row);
    total += weight;
  }
  return sum / total;
}

/** Row weights times class weights. @throws RangeError as `rowWeights`, or when a class has no weight */
export function classRowWeights(
  y: ArrayLike<number>,
  classes: number,
  options: ClassWeightOptions,
): Float64Array | undefined {
  const weights = rowWeights(y.length, options);
  const { classWeight } = options;
  if (classWeight === undefined) return weights;
  let factors: readonly number[];
  if (classWeight === 'balanced') {
    const counts = new Array<number>(classes).fill(0);
    for (let row = 0; row < y.length; row++) counts[y[row]!]! += weights?.[row] ?? 1;
    const all = counts.reduce((sum, count) => sum + count, 0);
    factors = counts.map((count) => (count === 0 ? 0 : all / (classes * count)));
  } else factors = classWeight;
  if (factors.length !== classes)
    throw new RangeError(`There are ${factors.length} class weights for ${classes} classes.`);
  return Float64Array.from({ length: y.length }, (_, row) => (weights?.[row] ?? 1) * factors[y[row]!]!);
}
