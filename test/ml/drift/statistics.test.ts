/** Tests of drift beside numbers that scipy gave (fixtures/make-drift.py). */
import fc from 'fast-check';
import { chiSquaredSurvival, chiSquaredTest } from '../../../lib/ml/drift/chi-squared';
import { jensenShannonOfCounts, psiOfCounts } from '../../../lib/ml/drift/divergence';
import { kolmogorovSurvival } from '../../../lib/ml/drift/kolmogorov-distribution';
import { ksTwoSample } from '../../../lib/ml/drift/kolmogorov-smirnov';
import { adjustPValues } from '../../../lib/ml/drift/multiple-testing';
import fixture from '../fixtures/drift.json';

/** The draws of the script. */
function draw(n: number, seed: number, shift: number): Float64Array {
  let state = seed;
  return Float64Array.from({ length: n }, () => {
    let total = 0;
    for (let i = 0; i < 3; i++) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      total += Math.floor(state / 65536);
    }
    return total + shift;
  });
}

const within = (got: number, expected: number, tolerance: number) =>
  expect(Math.abs(got - expected)).toBeLessThan(tolerance);

describe('Kolmogorov–Smirnov', () => {
  it.each(fixture.ks)('of $n and $m values shifted by $shift', ({ n, m, shift, statistic, pValue }) => {
    const got = ksTwoSample(draw(n, 1 + n, 0), draw(m, 7 + m, shift));
    within(got.statistic, statistic, 1e-12);
    within(got.pValue, pValue, 1e-6);
  });

  it.each(fixture.kolmogorov)('distribution at $d for $n', ({ d, n, p }) =>
    within(kolmogorovSurvival(d, n), p, 1e-6),
  );

  it('of a sample that lies wholly above the other is 0, of the same one 1', () => {
    const low = Float64Array.from({ length: 3000 }, (_, i) => i);
    expect(
      ksTwoSample(
        low,
        low.map((value) => value + 5000),
      ),
    ).toEqual({ statistic: 1, pValue: 0 });
    expect(ksTwoSample(low, low)).toEqual({ statistic: 0, pValue: 1 });
    expect(ksTwoSample([1], [Number.POSITIVE_INFINITY])).toEqual({ statistic: 1, pValue: 1 });
  });

  it('refuses an empty sample and NaN', () => {
    expect(() => ksTwoSample([], [1])).toThrow('empty');
    expect(() => ksTwoSample([1], [Number.NaN])).toThrow('has NaN');
  });
});

describe('chi-squared', () => {
  it.each(fixture.chiSquared)('of $a.length categories', ({ a, b, ...expected }) => {
    const got = chiSquaredTest(a, b);
    expect(got.degreesOfFreedom).toBe(expected.degreesOfFreedom);
    within(got.statistic, expected.statistic, 1e-9 * Math.max(1, expected.statistic));
    within(got.pValue, expected.pValue, 1e-9);
  });

  it.each(fixture.tails)('tail of $x with $df degrees', ({ x, df, p }) =>
    within(chiSquaredSurvival(x, df), p, 1e-10),
  );

  it('leaves out categories that nobody has; one category is no test', () => {
    expect(chiSquaredTest([10, 0, 20], [20, 0, 10])).toEqual(chiSquaredTest([10, 20], [20, 10]));
    expect(chiSquaredTest([10], [7])).toEqual({ statistic: 0, degreesOfFreedom: 0, pValue: 1 });
    expect(() => chiSquaredTest([0], [7])).toThrow('empty');
    expect(() => chiSquaredTest([1, 2], [7])).toThrow('2 categories in one sample and 1 in the other');
  });
});

describe('many tests', () => {
  it('Benjamini and Hochberg as scipy', () => {
    adjustPValues(fixture.p, 'benjamini-hochberg').forEach((p, i) =>
      within(p, fixture.falseDiscovery[i]!, 1e-12),
    );
  });

  it('Bonferroni multiplies, at most to 1; without correction all stay', () => {
    expect(adjustPValues([0.01, 0.6, Number.NaN], 'bonferroni')).toEqual([0.02, 1, Number.NaN]);
    expect(adjustPValues([0.01, 0.6], 'none')).toEqual([0.01, 0.6]);
  });

  it('adjusted values are no smaller, keep the order, and NaN counts for none', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 20 }),
        (p) => {
          const adjusted = adjustPValues([...p, Number.NaN], 'benjamini-hochberg');
          expect(adjusted.pop()).toBeNaN();
          p.forEach((one, i) => {
            expect(adjusted[i]).toBeGreaterThanOrEqual(one);
            p.forEach((other, j) => {
              if (one < other) expect(adjusted[i]).toBeLessThanOrEqual(adjusted[j]!);
            });
          });
        },
      ),
    );
  });
});

describe('distances of shares', () => {
  it('Jensen–Shannon as scipy, between 0 and 1', () => {
    const [a = [], b = []] = fixture.counts;
    within(jensenShannonOfCounts(a, b), fixture.jensenShannon, 1e-12);
    expect(jensenShannonOfCounts([1, 2], [10, 20])).toBe(0);
    expect(jensenShannonOfCounts([1, 0], [0, 1])).toBe(1);
    expect(() => jensenShannonOfCounts([0], [1])).toThrow('empty');
  });

  it('a bin that nobody has adds nothing to the stability index', () => {
    expect(psiOfCounts([5, 0, 5], [2, 0, 8])).toBe(psiOfCounts([5, 5], [2, 8]));
  });
});
