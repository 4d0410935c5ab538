/**
 * How good forecasts would have been: from one origin after the other, with nothing known beyond it. L. Tashman,
 * "Out-of-sample tests of forecasting accuracy", International Journal of Forecasting 16, 2000.
 */
import { regressionMetricsOf } from '../regression-metrics';

export interface RollingOrigins {
  /** Steps forecast from each origin. */
  readonly horizon: number;
  /** @default 5 */
  readonly origins?: number;
  /** Steps from one origin to the next. @default the horizon */
  readonly stride?: number;
  /** Values before the first origin, at least. @default 1 */
  readonly least?: number;
}

export interface ForecastErrors {
  /** Values that could be compared. */
  readonly count: number;
  readonly mae: number;
  readonly rmse: number;
  /** Mean of |error| / |actual| over actual values that are not 0; NaN without any. */
  readonly mape: number;
  /**
   * Mean absolute error over that of the season before, one season ahead within what each origin knows: below 1 is better
   * than to repeat the season. R. Hyndman and A. Koehler, International Journal of Forecasting 22, 2006.
   */
  readonly mase: number;
  /** Mean of forecast − actual. */
  readonly bias: number;
}

/** Places of the origins, ascending: a forecast from `origin` is of the values `origin`, `origin + 1`, … @throws RangeError */
export function rollingOrigins(length: number, options: RollingOrigins): number[] {
  const { horizon, origins = 5, stride = horizon, least = 1 } = options;
  const first = length - horizon - (origins - 1) * stride;
  if (!(horizon >= 1) || !(stride >= 1) || first < least)
    throw new RangeError(
      `${origins} origins with a horizon of ${horizon} every ${stride} steps need ${least + horizon + (origins - 1) * stride} values; there are ${length}.`,
    );
  return Array.from({ length: origins }, (_, i) => first + i * stride);
}

/**
 * @param forecasts one for each origin @param values the whole series, NaN where nothing is to be compared
 * @param period of the season that `mase` compares with
 */
export function forecastErrors(
  values: ArrayLike<number>,
  origins: readonly number[],
  forecasts: readonly ArrayLike<number>[],
  period: number,
): ForecastErrors {
  const actual: number[] = [];
  const predicted: number[] = [];
  let scaled = 0;
  origins.forEach((origin, i) => {
    const scale = seasonalError(values, origin, period);
    const forecast = forecasts[i]!;
    for (let h = 0; h < forecast.length; h++) {
      const value = values[origin + h];
      if (value === undefined || Number.isNaN(value)) continue;
      actual.push(value);
      predicted.push(forecast[h]!);
      scaled += Math.abs(forecast[h]! - value) / scale;
    }
  });
  const count = actual.length;
  const none = Number.NaN;
  if (count === 0) return { count, mae: none, rmse: none, mape: none, mase: none, bias: none };
  const { mae, rmse, bias } = regressionMetricsOf(actual, predicted);
  const present = actual.flatMap((value, i) => (value === 0 ? [] : [i]));
  const shares = () =>
    regressionMetricsOf(
      present.map((i) => actual[i]!),
      present.map((i) => predicted[i]!),
    ).mape;
  return { count, mae, rmse, mape: present.length === 0 ? none : shares(), mase: scaled / count, bias };
}

/** Mean |value − the one a season before| of what is known at the origin. */
function seasonalError(values: ArrayLike<number>, origin: number, period: number): number {
  let sum = 0;
  let count = 0;
  for (let t = period; t < origin; t++) {
    const gap = Math.abs(values[t]! - values[t - period]!);
    if (Number.isNaN(gap)) continue;
    sum += gap;
    count++;
  }
  return sum / count;
}
