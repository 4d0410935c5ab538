import { z } from 'zod';
import { contract } from './contract';
import { datasetRef, objectRef } from './dataset';

export const forecastMethod = z.enum(['seasonal-naive', 'holt-winters', 'gradient-boosting']);

export const evaluateForecast = contract({
  name: 'evaluate-forecast',
  summary:
    'Forecasts a series from origins of the past by baselines and boosted trees and tells how well each would have done.',
  input: z.object({
    dataset: datasetRef,
    /** Column of dates or timestamps at even steps; missing steps are gaps. */
    time: z.string(),
    /** Column of numbers. */
    value: z.string(),
    /** Seconds from one value to the next. @default the smallest gap */
    stepSeconds: z.number().positive().optional(),
    /** Steps of a season: 24 or 168 for hours, 7 for days. */
    period: z.int().min(2),
    /** Steps forecast from each origin. */
    horizon: z.int().positive(),
    origins: z.int().positive().max(200).default(5),
    /** Steps from one origin to the next. @default the horizon */
    stride: z.int().positive().optional(),
    methods: z.array(forecastMethod).min(1).default(['seasonal-naive', 'holt-winters', 'gradient-boosting']),
    /** Of exponential smoothing. */
    trend: z.enum(['none', 'additive', 'damped']).default('none'),
    seasonal: z.enum(['additive', 'multiplicative']).default('additive'),
    /** Seasons before an origin that exponential smoothing learns from. */
    seasons: z.int().min(2).default(8),
    /** Of boosted trees: lags in steps, none below the horizon. @default the first season that is known, and the next */
    lags: z.array(z.int().positive()).optional(),
    /** Of boosted trees: columns of numbers that are known in advance, e.g. holidays or a weather forecast. */
    known: z.array(z.string()).default([]),
    /** Forecasts below are raised to it: 0 for counts. */
    least: z.number().optional(),
  }),
  output: z.object({
    /** In the order of the methods. */
    methods: z.array(
      z.object({
        method: forecastMethod,
        /** Values compared. */
        count: z.int(),
        mae: z.number(),
        rmse: z.number(),
        /** `null` when every actual value is 0. */
        mape: z.number().nullable(),
        /** Below 1: better than to repeat the season. `null` for a season that never changes. */
        mase: z.number().nullable(),
        bias: z.number(),
      }),
    ),
    /** The one with the least RMSE. */
    best: forecastMethod,
    report: objectRef,
    json: objectRef,
    runId: z.string(),
  }),
  memoryMb: 1769,
  timeoutSeconds: 840,
  access: [
    { store: 'objects', mode: 'read', prefix: 'datasets/{pipeline}/' },
    { store: 'objects', mode: 'write', prefix: 'reports/{pipeline}/' },
    { store: 'tracking', mode: 'write' },
  ],
});
