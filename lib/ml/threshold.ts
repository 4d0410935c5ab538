/** From which probability on a row is called positive. */
import { rankingPoints } from './ranking-metrics';

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
  readonly truePositives: number;
  readonly falsePositives: number;
  readonly falseNegatives: number;
  readonly trueNegatives: number;
}

/**
 * The cheapest cut among the probabilities that occur, and none at all; the highest one on a tie. C. Elkan, "The
 * foundations of cost-sensitive learning", IJCAI 2001. Choose it on rows that are not those it is judged by.
 * @param positives 1 for positive, 0 otherwise
 * @throws RangeError without rows, or for costs that are no finite numbers
 */
export function thresholdByCost(
  positives: ArrayLike<number>,
  probability: ArrayLike<number>,
  costs: OutcomeCosts,
): ChosenThreshold {
  const { falsePositive, falseNegative, truePositive = 0, trueNegative = 0 } = costs;
  const rows = probability.length;
  if (rows === 0) throw new RangeError('There are no rows to choose a threshold by.');
  if (![falsePositive, falseNegative, truePositive, trueNegative].every(Number.isFinite))
    throw new RangeError('The costs of outcomes must be finite numbers.');
  let all = 0;
  for (let row = 0; row < rows; row++) all += positives[row] === 1 ? 1 : 0;
  const none = { threshold: Number.POSITIVE_INFINITY, truePositives: 0, falsePositives: 0 };
  let best: ChosenThreshold | undefined;
  for (const point of [none, ...rankingPoints(positives, probability)]) {
    const falseNegatives = all - point.truePositives;
    const trueNegatives = rows - all - point.falsePositives;
    const cost =
      (point.truePositives * truePositive +
        point.falsePositives * falsePositive +
        falseNegatives * falseNegative +
        trueNegatives * trueNegative) /
      rows;
    if (best === undefined || cost < best.cost) best = { ...point, falseNegatives, trueNegatives, cost };
  }
  return best!;
}
