/** The methods that are compared: from an origin, with what is known before it, the values of a horizon. */
import { fitHoltWinters, forecastHoltWinters } from '../../lib/ml/forecast/holt-winters';
import { lagFeatures } from '../../lib/ml/forecast/lag-features';
import { seasonalNaive, withoutGaps, type Series } from '../../lib/ml/forecast/series';
import { fitGradientBoostingRegressor } from '../../lib/ml/gradient-boosting';
import { takeRows, takeValues, type Matrix } from '../../lib/ml/matrix';
import { predict } from '../../lib/ml/model';
import type { InputOf } from '../../lib/tasks/contract';
import type { evaluateForecast } from '../../lib/tasks/evaluate-forecast';

type Input = InputOf<typeof evaluateForecast>;

export interface Known {
  readonly series: Series;
  /** Columns that are known in advance, a value for each step. */
  readonly columns: readonly { readonly name: string; readonly values: Float64Array }[];
}

export type Forecast = (origin: number) => ArrayLike<number>;

export function forecasterOf(method: Input['methods'][number], input: Input, known: Known): Forecast {
  const { period, horizon } = input;
  const before = (origin: number, steps = origin) =>
    withoutGaps(known.series.values.slice(Math.max(0, origin - steps), origin), period);
  switch (method) {
    case 'seasonal-naive':
      return (origin) => seasonalNaive(before(origin), period, horizon);
    case 'holt-winters':
      return (origin) => {
        // Whole seasons, so that the first value is at the start of one.
        const steps = Math.min(input.seasons, Math.floor(origin / period)) * period;
        const { trend, seasonal } = input;
        return forecastHoltWinters(
          fitHoltWinters(before(origin, steps), { trend, seasonal, period }),
          horizon,
        );
      };
    case 'gradient-boosting':
      return boosted(input, known);
  }
}

/** Learns from the rows before the origin; every feature is one that is known a horizon ahead. */
function boosted({ period, horizon, lags }: Input, { series, columns }: Known): Forecast {
  const first = Math.ceil(horizon / period) * period;
  const features = lagFeatures(series, {
    horizon,
    lags: lags ?? [first, first + period],
    windows: [period],
    seasonMeans: { period, seasons: [4] },
  });
  const x: Matrix = {
    rows: features.rows,
    names: [...features.names, ...columns.map(({ name }) => name)],
    columns: [...features.columns, ...columns.map(({ values }) => values)],
  };
  const counts = series.values.every((value) => Number.isNaN(value) || value >= 0);
  return (origin) => {
    const rows: number[] = [];
    for (let t = first; t < origin; t++) if (!Number.isNaN(series.values[t]!)) rows.push(t);
    const model = fitGradientBoostingRegressor(takeRows(x, rows), takeValues(series.values, rows), {
      // Values that are never negative are forecast above 0.
      loss: counts ? 'poisson' : 'squared-error',
    });
    return predict(
      model,
      takeRows(
        x,
        Array.from({ length: horizon }, (_, h) => origin + h),
      ),
    );
  };
}
