/** From which probability on a row is called positive. */
import { rankingPoints } from './ranking-metrics';
import { rowWeights, type WeightOptions } from './sample-weight';

/** What each outcome costs; negative numbers are gains. */
export interface OutcomeCosts {
  readonly falsePositive: number;
  readonly falseNegative: number;
  /** @default 0 */
  readonly truePositive?: number;
  /** @default 0 */
  readonly trueNegative?: number;
}

export interface ChosenThreshold {
  /** Rows with at least this probability are positive; infinity: none is. */
  readonly threshold: number;
  /** Mean cost of a row. */
  readonly cost: number;
  /** These four are rows, or sums of their weights. */
  readonly truePositives: number;
  readonly falsePositives: number;
  readonly falseNegatives: number;
  readonly trueNegatives: number;
}

/**
 * The cheapest cut among the probabilities that occur, and none at all; the highest one on a tie. C. Elkan, "The
 * foundations of cost-sensitive learning", IJCAI 2001. Choose it on rows that are not those it is judged by.
 * @param positives 1 for positive, 0 otherwise
 * @throws RangeError without rows, for costs that are no finite numbers, and for weights that do not fit
 */
export function thresholdByCost(
  positives: ArrayLike<number>,
  probability: ArrayLike<number>,
  costs: OutcomeCosts,
  options: WeightOptions = {},
): ChosenThreshold {
  const { falsePositive, falseNegative, truePositive = 0, trueNegative = 0 } = costs;
  const rows = probability.length;
  if (rows === 0) throw new RangeError('There are no rows to choose a threshold by.');
  if (![falsePositive, falseNegative, truePositive, trueNegative].every(Number.isFinite))
    throw new RangeError('The costs of outcomes must be finite numbers.');
  const weights = rowWeights(rows, options);
  let all = 0;
  let total = 0;
  for (let row = 0; row < rows; row++) {
    const weight = weights?.[row] ?? 1;
    total += weight;
    if (positives[row] === 1) all += weight;
  }
  const none = { threshold: Number.POSITIVE_INFINITY, truePositives: 0, falsePositives: 0 };
  let best: ChosenThreshold | undefined;
  for (const point of [none, ...rankingPoints(positives, probability, options)]) {
    const falseNegatives = all - point.truePositives;
    const trueNegatives = total - all - point.falsePositives;
    const cost =
      (point.truePositives * truePositive +
        point.falsePositives * falsePositive +
        falseNegatives * falseNegative +
        trueNegatives * trueNegative) /
      total;
    if (best === undefined || cost < best.cost) best = { ...point, falseNegatives, trueNegatives, cost };
  }
  return best!;
}
