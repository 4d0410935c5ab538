/** Forecasts beside those of statsmodels (fixtures/make-forecast.py). */
import { fitHoltWinters, forecastHoltWinters } from '../../../lib/ml/forecast/holt-winters';
import { lagFeatures } from '../../../lib/ml/forecast/lag-features';
import { forecastErrors, rollingOrigins } from '../../../lib/ml/forecast/rolling-origin';
import { seasonalNaive, seriesOf, withoutGaps } from '../../../lib/ml/forecast/series';
import fixture from '../fixtures/forecast.json';

describe('exponential smoothing', () => {
  it.each(fixture.cases)('$name', (one) => {
    const values = fixture[one.data as 'values' | 'growing'];
    const shape = {
      trend: one.trend as 'none' | 'additive' | 'damped',
      seasonal: one.seasonal as 'none' | 'additive' | 'multiplicative',
      period: one.period,
    };
    const { phi, ...rest } = one.params;
    const params = shape.trend === 'damped' ? one.params : rest;
    const fixed = fitHoltWinters(values, { ...shape, params });
    one.fitted.forEach((value, t) => expect(Math.abs(fixed.fitted[t]! - value)).toBeLessThan(1e-9));
    expect(fixed.sse).toBeCloseTo(one.sse, 6);
    forecastHoltWinters(fixed, 15).forEach((value, h) => {
      // statsmodels forecasts the place of the last value by its season before that value.
      if (one.period > 0 && h % one.period === one.period - 1) return;
      expect(Math.abs(value - one.forecast[h]!)).toBeLessThan(1e-9);
    });
    expect(phi).toBe(0.9);
    // statsmodels' optimiser keeps β below α, and γ below 1 − α: without that, the error is no greater.
    expect(fitHoltWinters(values, shape).sse).toBeLessThan(one.bestSse * 1.001);
  });

  it('refuses gaps, too few values and a season that cannot be', () => {
    expect(() => fitHoltWinters([1, Number.NaN, 2])).toThrow('Value 1 is NaN');
    expect(() => fitHoltWinters([1, 2, 3], { period: 2 })).toThrow('needs 4, two seasons');
    expect(() => fitHoltWinters([1, 2, 0, 2], { period: 2, seasonal: 'multiplicative' })).toThrow('above 0');
    expect(() => fitHoltWinters([1, 2, 3, 4], { period: 1, seasonal: 'additive' })).toThrow('at least 2');
  });
});

describe('a series', () => {
  const hour = 3_600_000;

  it('has even steps and gaps where nothing was', () => {
    const series = seriesOf([3 * hour, 0, hour, 5 * hour], [3, 0, 1, 5]);
    expect(series).toEqual({
      start: 0,
      step: 2 * hour - hour,
      values: Float64Array.of(0, 1, Number.NaN, 3, Number.NaN, 5),
    });
    expect([...withoutGaps(series.values, 2)]).toEqual([0, 1, 0, 3, 0, 5]);
  });

  it('refuses a time off the grid, twice, or none', () => {
    expect(() => seriesOf([0, hour, 2 * hour, 2.5 * hour], [1, 2, 3, 4], hour)).toThrow(
      'is not a multiple of 3600 seconds',
    );
    expect(() => seriesOf([0, hour, hour], [1, 2, 3], hour)).toThrow('two values for 1970-01-01T01:00');
    expect(() => seriesOf([0, Number.NaN], [1, 2])).toThrow('time of row 2');
    expect(() => seriesOf([0], [1])).toThrow('needs 2 values');
  });

  it('repeats its season', () => {
    expect([...seasonalNaive([9, 1, 2, 3], 3, 5)]).toEqual([1, 2, 3, 1, 2]);
    expect(() => seasonalNaive([1], 2, 1)).toThrow('a season has 2');
  });
});

describe('features of a series', () => {
  const start = Date.UTC(2026, 1, 27, 22);
  const series = { start, step: 3_600_000, values: Float64Array.from({ length: 60 }, (_, t) => t) };

  it('know nothing younger than the horizon', () => {
    const x = lagFeatures(series, {
      horizon: 2,
      lags: [2, 5],
      windows: [3],
      seasonMeans: { period: 4, seasons: [2] },
    });
    const at = (name: string, t: number) => x.columns[x.names.indexOf(name)]![t];
    expect(x.names).toEqual([
      'lag_2',
      'lag_5',
      'mean_3',
      'season_mean_2',
      'hour',
      'weekday',
      'day',
      'month',
      'day_of_year',
    ]);
    expect([at('lag_2', 1), at('lag_2', 10), at('lag_5', 10)]).toEqual([Number.NaN, 8, 5]);
    expect([at('mean_3', 1), at('mean_3', 2), at('mean_3', 10)]).toEqual([Number.NaN, 0, 7]);
    expect([at('season_mean_2', 10), at('season_mean_2', 5)]).toEqual([4, 1]);
    expect(['hour', 'weekday', 'day', 'month', 'day_of_year'].map((name) => at(name, 26))).toEqual([
      0, 0, 1, 3, 60,
    ]);
    const changed = { ...series, values: series.values.map((value, t) => (t > 48 ? Number.NaN : value)) };
    const known = lagFeatures(changed, { horizon: 2, lags: [2, 5], windows: [3] });
    for (const [f, name] of known.names.entries())
      expect([name, known.columns[f]![50]]).toEqual([name, at(name, 50)]);
    expect(() => lagFeatures(series, { horizon: 3, lags: [2] })).toThrow(
      'A lag of 2 steps is not known 3 steps ahead',
    );
  });
});

describe('rolling origins', () => {
  it('end with the last whole horizon', () => {
    expect(rollingOrigins(100, { horizon: 10, origins: 3 })).toEqual([70, 80, 90]);
    expect(rollingOrigins(20, { horizon: 4, origins: 2, stride: 1 })).toEqual([15, 16]);
    expect(() => rollingOrigins(20, { horizon: 10, origins: 3 })).toThrow('need 31 values; there are 20');
  });

  it('measure errors against what came, and against the season before', () => {
    const values = [1, 3, 2, 4, 3, 5, Number.NaN, 0];
    const errors = forecastErrors(values, [4], [[4, 5, 1, 2]], 2);
    // Known at the origin: every value is 1 above that of the season before.
    expect(errors).toEqual({ count: 3, mae: 1, rmse: Math.sqrt(5 / 3), mape: 1 / 6, mase: 1, bias: 1 });
  });
});
