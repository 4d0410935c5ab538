/** Many tests at once: by chance alone one in twenty has p < 0.05. */

export type Correction = 'none' | 'bonferroni' | 'benjamini-hochberg';

/**
 * p-values that may be compared with the level of one test. Bonferroni bounds the chance of any false alarm;
 * Y. Benjamini and Y. Hochberg (JRSS B 57, 1995) the share of false alarms among the alarms: scipy's
 * `false_discovery_control`. NaN stays NaN and is no test.
 */
export function adjustPValues(pValues: readonly number[], correction: Correction): number[] {
  const tests = pValues.filter((p) => !Number.isNaN(p)).length;
  if (correction === 'none') return [...pValues];
  if (correction === 'bonferroni') return pValues.map((p) => Math.min(1, p * tests));
  const order = pValues
    .map((p, i) => ({ p, i }))
    .filter(({ p }) => !Number.isNaN(p))
    .sort((a, b) => b.p - a.p);
  const adjusted = new Array<number>(pValues.length).fill(Number.NaN);
  let least = 1;
  order.forEach(({ p, i }, above) => {
    least = Math.min(least, p * (tests / (tests - above)));
    adjusted[i] = least;
  });
  return adjusted;
}
