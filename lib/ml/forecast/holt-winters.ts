/**
 * Exponential smoothing with trend and season: C. Holt, 1957, and P. Winters, Management Science 6, 1960, with the damped
 * trend of E. Gardner and E. McKenzie, 1985. Recursions and params as in statsmodels' `ExponentialSmoothing`.
 */
import { nelderMead } from './nelder-mead';

export interface HoltWintersOptions {
  /** @default 'none' */
  readonly trend?: 'none' | 'additive' | 'damped';
  /** 'multiplicative' for swings that grow with the level, of values above 0. @default 'additive' with a period, else 'none' */
  readonly seasonal?: 'none' | 'additive' | 'multiplicative';
  /** Steps of a season, at least 2. @default no season */
  readonly period?: number;
  /** @default those with the least squared error one step ahead */
  readonly params?: Partial<SmoothingParams>;
}

/** All from 0 to 1: how fast what was learned is forgotten. */
export interface SmoothingParams {
  readonly alpha: number;
  readonly beta: number;
  readonly gamma: number;
  /** What remains of the trend from one step to the next. */
  readonly phi: number;
}

export interface HoltWintersModel {
  readonly algorithm: 'holt-winters';
  readonly options: Required<Pick<HoltWintersOptions, 'trend' | 'seasonal' | 'period'>>;
  readonly params: SmoothingParams;
  /** After the last value; seasons in the order in which they come next. */
  readonly level: number;
  readonly slope: number;
  readonly seasons: readonly number[];
  /** Sum of squared errors one step ahead. */
  readonly sse: number;
  readonly fitted: readonly number[];
}

export interface SmoothingStart {
  readonly level: number;
  readonly slope: number;
  readonly seasons: readonly number[];
}

/**
 * @param values in order, evenly spaced, none missing
 * @throws RangeError for missing values, fewer than two seasons, or values that a multiplicative season cannot have
 */
export function fitHoltWinters(
  values: ArrayLike<number>,
  options: HoltWintersOptions = {},
): HoltWintersModel {
  const { trend = 'none', period = 0 } = options;
  const seasonal = options.seasonal ?? (period > 0 ? 'additive' : 'none');
  const shape = { trend, seasonal, period: seasonal === 'none' ? 0 : period };
  check(values, shape);
  const start = startOf(values, shape);
  const given = options.params ?? {};
  const free = (['alpha', 'beta', 'gamma', 'phi'] as const).filter(
    (name) =>
      given[name] === undefined &&
      (name === 'alpha' ||
        (name === 'beta' && trend !== 'none') ||
        (name === 'gamma' && seasonal !== 'none') ||
        (name === 'phi' && trend === 'damped')),
  );
  const paramsAt = (point: readonly number[]): SmoothingParams => ({
    alpha: 0,
    beta: 0,
    gamma: 0,
    phi: trend === 'damped' ? 0.98 : 1,
    ...given,
    ...Object.fromEntries(free.map((name, i) => [name, point[i]!])),
  });
  const cost = (point: readonly number[]) => {
    if (point.some((value, i) => !(value >= 0 && value <= (free[i] === 'phi' ? 0.995 : 1)))) return Infinity;
    return smooth(values, shape, paramsAt(point), start).sse;
  };
  // A few places to start from: the error has more than one valley.
  const starts =
    free.length === 0
      ? []
      : [0.1, 0.3, 0.7].map((alpha) =>
          free.map((name) => ({ alpha, beta: 0.05, gamma: 0.1, phi: 0.95 })[name]),
        );
  const best = starts
    .map((point) => nelderMead(cost, point, { step: 0.05, maxEvaluations: 150 * free.length }))
    .reduce<{ point: readonly number[]; cost: number }>((a, b) => (b.cost < a.cost ? b : a), {
      point: [],
      cost: Infinity,
    });
  const params = paramsAt(best.point);
  return { algorithm: 'holt-winters', options: shape, params, ...smooth(values, shape, params, start) };
}

/** The values that come next. */
export function forecastHoltWinters(model: HoltWintersModel, steps: number): Float64Array {
  const { options, params, level, slope, seasons } = model;
  let damped = 0;
  return Float64Array.from({ length: steps }, (_, h) => {
    damped += params.phi ** (h + 1);
    const base = options.trend === 'none' ? level : level + damped * slope;
    const season = seasons[h % Math.max(1, options.period)];
    if (options.seasonal === 'none') return base;
    return options.seasonal === 'additive' ? base + season! : base * season!;
  });
}

type Shape = HoltWintersModel['options'];

function smooth(
  values: ArrayLike<number>,
  { trend, seasonal, period }: Shape,
  { alpha, beta, gamma, phi }: SmoothingParams,
  start: SmoothingStart,
): Pick<HoltWintersModel, 'level' | 'slope' | 'seasons' | 'sse' | 'fitted'> {
  let { level, slope } = start;
  const seasons = Float64Array.from(start.seasons);
  const fitted = new Float64Array(values.length);
  let sse = 0;
  for (let t = 0; t < values.length; t++) {
    const y = values[t]!;
    const carried = trend === 'none' ? level : level + phi * slope;
    const at = period === 0 ? 0 : t % period;
    const season = seasonal === 'none' ? 0 : seasons[at]!;
    const predicted =
      seasonal === 'none' ? carried : seasonal === 'additive' ? carried + season : carried * season;
    fitted[t] = predicted;
    sse += (y - predicted) ** 2;
    const before = level;
    level =
      alpha * (seasonal === 'none' ? y : seasonal === 'additive' ? y - season : y / season) +
      (1 - alpha) * carried;
    if (trend !== 'none') slope = beta * (level - before) + (1 - beta) * phi * slope;
    if (seasonal !== 'none')
      seasons[at] = gamma * (seasonal === 'additive' ? y - carried : y / carried) + (1 - gamma) * season;
  }
  const next = period === 0 ? 0 : values.length % period;
  return {
    level,
    slope,
    sse,
    fitted: [...fitted],
    seasons: [...seasons.subarray(next), ...seasons.subarray(0, next)],
  };
}

/** From the first two seasons: their means, what lies between, and how the first deviates from its mean. */
export function startOf(values: ArrayLike<number>, { trend, seasonal, period }: Shape): SmoothingStart {
  if (seasonal === 'none')
    return { level: values[0]!, slope: trend === 'none' ? 0 : values[1]! - values[0]!, seasons: [] };
  const mean = (from: number) => {
    let sum = 0;
    for (let t = from; t < from + period; t++) sum += values[t]!;
    return sum / period;
  };
  const level = mean(0);
  const slope = trend === 'none' ? 0 : (mean(period) - level) / period;
  const seasons = Array.from({ length: period }, (_, t) =>
    seasonal === 'additive' ? values[t]! - level : values[t]! / level,
  );
  return { level, slope, seasons };
}

function check(values: ArrayLike<number>, { seasonal, period }: Shape): void {
  if (seasonal !== 'none' && !(Number.isInteger(period) && period >= 2))
    throw new RangeError(`A season has ${period} steps; it needs a whole number of at least 2.`);
  const least = Math.max(2, 2 * period);
  if (values.length < least)
    throw new RangeError(
      `There are ${values.length} values; exponential smoothing needs ${least}, two seasons.`,
    );
  for (let t = 0; t < values.length; t++) {
    if (!Number.isFinite(values[t]!))
      throw new RangeError(`Value ${t} is ${values[t]}; fill the gaps of a series before it is smoothed.`);
    if (seasonal === 'multiplicative' && !(values[t]! > 0))
      throw new RangeError(`Value ${t} is ${values[t]}; a multiplicative season takes values above 0.`);
  }
}
