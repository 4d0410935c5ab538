import { detectAnomalies, type HistoryEntry } from '../../lib/data/anomalies/detect';
import type { Figure } from '../../lib/data/anomalies/figures';
import { robustScore } from '../../lib/data/anomalies/robust-score';
import { fenceOutliers, forestOutliers } from '../../lib/ml/outliers';

describe('a robust score', () => {
  it('is the modified z-score', () => {
    // 0.6745 · (20 − 10.5) / scipy.stats.median_abs_deviation([9, 10, 10, 11, 12, 14]) = 0.6745 · 9.5 / 1
    expect(robustScore(20, [9, 10, 10, 11, 12, 14])).toMatchObject({
      median: 10.5,
      score: expect.closeTo(6.40775, 10),
    });
  });
  it('takes the mean deviation where half of the values are the same', () => {
    expect(robustScore(8, [5, 5, 5, 5, 9])).toMatchObject({
      median: 5,
      score: expect.closeTo(3 / (1.253314 * 0.8), 10),
    });
  });
  it('is infinite beside equal values, and 0 on them', () => {
    expect(robustScore(6, [5, 5]).score).toBe(Number.POSITIVE_INFINITY);
    expect(robustScore(4, [5, 5]).score).toBe(Number.NEGATIVE_INFINITY);
    expect(robustScore(5, [5, 5]).score).toBe(0);
  });
});

const options = {
  threshold: 3.5,
  tolerance: 0.01,
  minHistory: 5,
  maxHistory: 60,
  season: 'none',
  severities: { rows: 'critical', missing: 'warning', mean: 'warning', quantile: 'warning', mix: 'info' },
} as const;

function day(n: number, rows: number, more: readonly Figure[] = []): HistoryEntry {
  return {
    logicalDate: new Date(Date.UTC(2026, 0, n)).toISOString(),
    figures: [{ kind: 'rows', column: '', what: 'rows', value: rows }, ...more],
  };
}

const mix = (what: string, value: number): Figure => ({ kind: 'mix', column: 'shop', what, value });

describe('a history', () => {
  const fortnight = Array.from({ length: 14 }, (_, i) => day(i + 1, 1000 + (i % 5) * 10));

  it('finds a day unlike the others', () => {
    expect(detectAnomalies(day(15, 1030), fortnight, options).checked).toMatchObject([{ anomalous: false }]);
    const { history, checked } = detectAnomalies(day(15, 400), fortnight, options);
    expect(history).toBe(14);
    expect(checked).toMatchObject([{ what: 'rows', anomalous: true, severity: 'critical', median: 1020 }]);
  });

  it('looks only at what was before, and only when that is enough', () => {
    expect(detectAnomalies(day(5, 1), fortnight, options)).toEqual({ history: 4, checked: [] });
    expect(detectAnomalies(day(6, 1), fortnight, options).checked).toHaveLength(1);
  });

  it('knows seasons', () => {
    // A fifth of the rows on Sundays.
    const weeks = Array.from({ length: 56 }, (_, i) => day(i + 1, (i + 4) % 7 === 0 ? 200 + i : 1000 + i));
    expect(new Date(day(60, 0).logicalDate).getUTCDay()).toBe(0);
    expect(detectAnomalies(day(60, 240), weeks, options).checked).toMatchObject([{ anomalous: true }]);
    expect(detectAnomalies(day(60, 240), weeks, { ...options, season: 'weekday' })).toMatchObject({
      history: 8,
      checked: [{ anomalous: false }],
    });
    expect(detectAnomalies(day(60, 1050), weeks, { ...options, season: 'weekday' }).checked).toMatchObject([
      { anomalous: true },
    ]);
  });

  it('lets small changes of what never changed pass', () => {
    const constant = Array.from({ length: 6 }, (_, i) => day(i + 1, 1000));
    expect(detectAnomalies(day(8, 1009), constant, options).checked).toMatchObject([{ anomalous: false }]);
    expect(detectAnomalies(day(8, 1011), constant, options).checked).toMatchObject([
      { anomalous: true, score: null },
    ]);
  });

  it('sees categories come and go', () => {
    const mixed = Array.from({ length: 6 }, (_, i) => day(i + 1, 1000, [mix('a', 0.6), mix('b', 0.4)]));
    const { checked } = detectAnomalies(day(8, 1000, [mix('a', 0.6), mix('c', 0.4)]), mixed, options);
    const found = checked.filter(({ anomalous }) => anomalous).map(({ what, value }) => ({ what, value }));
    expect(found).toEqual([
      { what: 'b', value: 0 },
      { what: 'c', value: 0.4 },
    ]);
  });
});

describe('rows unlike the others', () => {
  const values = [...Array.from({ length: 200 }, (_, i) => (i % 20) / 2), 40, null];
  const column = { name: 'v', kind: 'number', values } as const;

  it('lie outside the fences', () => {
    const found = fenceOutliers([column], values.length, 1.5);
    const rows = [...found.scores.keys()].filter((row) => (found.scores[row] ?? 0) > found.threshold);
    expect(rows).toEqual([200]);
    expect(found.columns(200)).toEqual(['v']);
    // numpy.quantile: q1 2.5, q3 7.5
    expect(found.scores[200]).toBeCloseTo((40 - 7.5) / 5, 12);
  });

  it('have short paths in the trees', () => {
    const other = {
      name: 'w',
      kind: 'number',
      values: values.map((value) => (value === 40 ? -9 : 1)),
    } as const;
    const found = forestOutliers([column, other], values.length, {
      contamination: 0.005,
      seed: 1,
      nEstimators: 50,
    });
    const rows = [...found.scores.keys()].filter((row) => (found.scores[row] ?? 0) > found.threshold);
    expect(rows).toContain(200);
    expect(rows.length).toBeLessThanOrEqual(2);
    expect(() => forestOutliers([{ ...column, values: [null] }], 1, { seed: 1, nEstimators: 5 })).toThrow(
      "'v' has no values",
    );
  });
});
