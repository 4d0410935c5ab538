import {
  daily,
  evaluateForecast,
  evaluateRegression,
  ingestCsv,
  notify,
  pipeline,
  predictBatch,
  prepareFeatures,
  registerModel,
  selectBestRegression,
  text,
  trainGradientBoostingRegressor,
  trainRidge,
  transformSql,
  validateDataset,
  z,
  type ExpectationSuiteInput,
} from '../lib';

const hours: ExpectationSuiteInput = {
  name: 'hours',
  expectations: [
    { type: 'expect_column_values_to_be_of_type', column: 'dteday', dataType: 'date' },
    { type: 'expect_column_values_to_be_between', column: 'hr', min: 0, max: 23 },
    { type: 'expect_column_values_to_be_between', column: 'cnt', min: 0, max: 10_000 },
    { type: 'expect_column_values_to_be_between', column: 'hum', min: 0, max: 1, mostly: 0.99 },
  ],
};

/** The day that is asked for; a run of today, when the data has long ended, forecasts the last day that it has. */
const forecastDay =
  "coalesce(nullif($date, 'ds')::DATE, least($ds::DATE, (SELECT max(dteday) FROM demand)::DATE))";

/**
 * Every hour up to the end of the day to forecast, with what is known of it at the midnight before: nothing younger than
 * 24 hours. Windows go by time, not by rows, because some hours are missing. The demand of the day itself is left out.
 */
const knownAtMidnight = `
  WITH hourly AS (
    SELECT *, dteday::TIMESTAMP + hr * INTERVAL 1 HOUR AS starts,
           ${forecastDay} AS forecast_day
    FROM demand
  ), known AS (
    SELECT * REPLACE (CASE WHEN dteday < forecast_day THEN cnt END AS cnt) FROM hourly WHERE dteday <= forecast_day
  )
  SELECT starts, dteday, hr, season, mnth, holiday, weekday, workingday, weathersit, temp, atemp, hum, windspeed,
         max(cnt) OVER (ORDER BY starts RANGE BETWEEN INTERVAL 24 HOURS PRECEDING AND INTERVAL 24 HOURS PRECEDING)
           AS day_before,
         max(cnt) OVER (ORDER BY starts RANGE BETWEEN INTERVAL 168 HOURS PRECEDING AND INTERVAL 168 HOURS PRECEDING)
           AS week_before,
         avg(cnt) OVER (PARTITION BY hr ORDER BY starts RANGE BETWEEN INTERVAL 7 DAYS PRECEDING AND INTERVAL 1 DAY PRECEDING)
           AS hour_of_last_week,
         avg(cnt) OVER (PARTITION BY hr, workingday ORDER BY starts
                        RANGE BETWEEN INTERVAL 21 DAYS PRECEDING AND INTERVAL 1 DAY PRECEDING)
           AS hour_of_such_days,
         avg(cnt) OVER (ORDER BY starts RANGE BETWEEN INTERVAL 7 DAYS PRECEDING AND INTERVAL 24 HOURS PRECEDING)
           AS last_week,
         cnt
  FROM known
  ORDER BY starts`;

/**
 * The demand of each hour of a day, forecast at the midnight before it. The data ends with 2012, so the schedule does too;
 * `millrace backfill demand-forecast --from 2012-10-01 --to 2012-10-07` forecasts a week of it.
 */
export default pipeline(
  {
    id: 'demand-forecast',
    description: 'Forecasts the demand of each hour of a day from calendar, weather and past demand.',
    owner: 'demand-ml',
    schedule: daily,
    // A run is called by the day it forecasts, which begins when the run becomes due.
    logicalDate: 'run-time',
    startDate: '2011-03-01',
    endDate: '2012-12-31',
    params: z.object({
      source: z
        .string()
        .min(1)
        .default('raw/bike_sharing_hourly.csv')
        .describe('Key of the CSV file in the data bucket'),
      date: z
        .union([z.literal('ds'), z.iso.date()])
        .default('ds')
        .describe('Day to forecast; ds: the logical date of the run, at most the last day of the data'),
      minimumR2: z.number().max(1).default(0.7).describe('Below this R² nothing is forecast'),
    }),
    defaults: { retries: 1, retryDelay: 60 },
    tags: ['demand', 'regression', 'time-series'],
  },
  ({ params, run, group, branch }) => {
    const raw = ingestCsv('ingest', { source: params.source, name: 'demand' });
    const valid = validateDataset('validate', { dataset: raw.dataset, suite: hours });
    const known = transformSql('known-at-midnight', {
      inputs: { demand: valid.dataset },
      sql: knownAtMidnight,
      params: { date: params.date },
      name: 'known-at-midnight',
    });
    const history = transformSql('history', {
      inputs: { known: known.dataset },
      sql: 'SELECT * FROM known WHERE cnt IS NOT NULL AND week_before IS NOT NULL ORDER BY starts',
      name: 'history',
    });

    // What trees have to beat: the week before again, and exponential smoothing, a day ahead from the last days.
    evaluateForecast('baselines', {
      dataset: history.dataset,
      time: 'starts',
      value: 'cnt',
      period: 168,
      horizon: 24,
      origins: 4,
      lags: [24, 48, 168],
      known: ['temp', 'hum', 'workingday'],
      least: 0,
    });

    // The last tenth of the time is held out: to shuffle hours would test on the neighbours of what was learned.
    const data = prepareFeatures('features', {
      dataset: history.dataset,
      target: 'cnt',
      problem: 'regression',
      orderBy: 'starts',
      exclude: ['dteday'],
      testSize: 0.1,
    });
    const candidates = group('train', () => [
      trainRidge('ridge', { train: data.train }),
      trainGradientBoostingRegressor('gradient-boosting', {
        train: data.train,
        loss: 'poisson',
        nEstimators: 200,
      }),
    ]);
    const scored = evaluateRegression('evaluate', {
      models: candidates.map((candidate) => candidate.model),
      test: data.test,
    });
    const best = selectBestRegression('select-best', { evaluations: scored.evaluations, metric: 'rmse' });

    branch('good-enough', best.metrics.r2.atLeast(params.minimumR2), {
      yes: () => {
        registerModel('register', { model: best.model, name: 'demand-forecast', metrics: best.metrics });
        const day = transformSql('day', {
          inputs: { known: known.dataset, demand: valid.dataset },
          sql: `SELECT * EXCLUDE (cnt) FROM known WHERE dteday = (SELECT ${forecastDay}) ORDER BY starts`,
          params: { date: params.date },
          name: 'day',
        });
        predictBatch('predict', {
          model: best.model,
          dataset: day.dataset,
          name: 'demand',
          partitionBy: 'dteday',
        });
      },
      no: () =>
        notify('alert', {
          subject: 'demand-forecast: no model is good enough',
          text: text`The best model for ${run.ds}, ${best.model.name}, has an R² of ${best.metrics.r2}; ${params.minimumR2} is the floor. Nothing was forecast.`,
        }),
    });
  },
);
