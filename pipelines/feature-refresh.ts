import {
  buildTrainingSet,
  daily,
  evaluateRegression,
  ingestCsv,
  notify,
  pipeline,
  prepareFeatures,
  registerModel,
  selectBestRegression,
  text,
  trainGradientBoostingRegressor,
  transformSql,
  writeFeatures,
  z,
} from '../lib';

/** What is known of an hour of the day, on working days and on others, from the midnight after a day on. */
const hourOfDay = { name: 'hour-of-day', entity: ['hr', 'workingday'], eventTime: 'known_at' };

const history = `
  SELECT hr, workingday, (dteday + INTERVAL 1 DAY)::TIMESTAMP AS known_at, cnt AS demand_last_time,
         avg(cnt) OVER such_hours AS demand_of_five, max(cnt) OVER such_hours AS peak_of_five
  FROM demand
  WINDOW such_hours AS (PARTITION BY hr, workingday ORDER BY dteday ROWS BETWEEN 4 PRECEDING AND CURRENT ROW)
  ORDER BY known_at, hr`;

const labels = `
  SELECT dteday::TIMESTAMP + hr * INTERVAL 1 HOUR AS starts, hr, workingday, season, weathersit, temp, hum, windspeed, cnt
  FROM demand
  ORDER BY starts`;

/**
 * Refreshes a feature group from the history of demand and trains with what was known at the time of each hour. The model
 * takes `hour-of-day__…`; a request to its endpoint may leave those out, as the endpoint looks up the latest values.
 * Upload `data/bike_sharing_hourly.csv` to `raw/` before.
 */
export default pipeline(
  {
    id: 'feature-refresh',
    description:
      'Writes a feature group and trains on a training set that is joined as of the time of each label.',
    owner: 'demand-ml',
    schedule: daily,
    startDate: '2026-01-01',
    maxActiveRuns: 1,
    params: z.object({
      source: z
        .string()
        .min(1)
        .default('raw/bike_sharing_hourly.csv')
        .describe('Key of the CSV file in the data bucket'),
      minimumR2: z.number().max(1).default(0.7).describe('Below this R² the model is not registered'),
    }),
    defaults: { retries: 1, retryDelay: 60 },
    tags: ['demand', 'regression', 'feature-store'],
  },
  ({ params, run, branch }) => {
    const raw = ingestCsv('ingest', { source: params.source, name: 'demand' });
    const rows = transformSql('history', {
      inputs: { demand: raw.dataset },
      sql: history,
      name: 'hour-of-day',
    });
    const written = writeFeatures('write-group', { group: hourOfDay, dataset: rows.dataset });
    const known = transformSql('labels', { inputs: { demand: raw.dataset }, sql: labels, name: 'labels' });
    const set = buildTrainingSet(
      'training-set',
      { labels: known.dataset, time: 'starts', groups: [{ name: hourOfDay.name }], name: 'demand' },
      { after: [written] },
    );
    const data = prepareFeatures('features', {
      dataset: set.dataset,
      target: 'cnt',
      problem: 'regression',
      orderBy: 'starts',
      testSize: 0.1,
    });
    const trained = trainGradientBoostingRegressor('train', { train: data.train, nEstimators: 100 });
    const scored = evaluateRegression('evaluate', { models: [trained.model], test: data.test });
    const best = selectBestRegression('measured', { evaluations: scored.evaluations, metric: 'rmse' });
    branch('good-enough', best.metrics.r2.atLeast(params.minimumR2), {
      yes: () =>
        registerModel('register', { model: best.model, name: 'demand-hourly', metrics: best.metrics }),
      no: () =>
        notify('alert', {
          subject: 'feature-refresh: the model is too weak',
          text: text`Its R² of ${run.ds} is ${best.metrics.r2}; ${params.minimumR2} is the floor.`,
        }),
    });
  },
);
