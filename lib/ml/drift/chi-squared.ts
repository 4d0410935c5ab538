/** Whether two samples of categories come from one distribution. */
import { upperGamma } from './incomplete-gamma';

export interface ChiSquaredTest {
  readonly statistic: number;
  readonly degreesOfFreedom: number;
  /** 1 when there is one category only. */
  readonly pValue: number;
}

/** P(X >= statistic) of chi-squared. */
export function chiSquaredSurvival(statistic: number, degreesOfFreedom: number): number {
  return degreesOfFreedom === 0 ? 1 : upperGamma(degreesOfFreedom / 2, statistic / 2);
}

/**
 * Pearson's test of homogeneity, without Yates' correction: scipy's `chi2_contingency(…, correction=False)`.
 * @param a counts of the categories in one sample, >= 0 @param b in the other, in the same order
 * @throws RangeError for samples without rows or of different lengths
 */
export function chiSquaredTest(a: readonly number[], b: readonly number[]): ChiSquaredTest {
  if (a.length !== b.length)
    throw new RangeError(`There are ${a.length} categories in one sample and ${b.length} in the other.`);
  const total = (counts: readonly number[]) => counts.reduce((sum, count) => sum + count, 0);
  const [n, m] = [total(a), total(b)];
  if (!(n > 0) || !(m > 0)) throw new RangeError('A sample of the chi-squared test is empty.');
  let statistic = 0;
  let seen = 0;
  a.forEach((count, i) => {
    const both = count + b[i]!;
    if (both === 0) return;
    seen++;
    const expectedA = (both * n) / (n + m);
    const expectedB = (both * m) / (n + m);
    statistic += (count - expectedA) ** 2 / expectedA + (b[i]! - expectedB) ** 2 / expectedB;
  });
  return {
    statistic,
    degreesOfFreedom: seen - 1,
    pValue: chiSquaredSurvival(statistic, seen - 1),
  };
}
