import {
  connection,
  hourly,
  ingestFiles,
  ingestHttp,
  ingestSql,
  minutes,
  objectExists,
  pipeline,
  publishDataset,
  text,
  transformSql,
  validateDataset,
  type ExpectationSuiteInput,
} from '../lib';

/** An API of the sales department, and the database of the billing system; see `millrace connections`. */
const crm = connection('crm', 'http');
const billing = connection('billing', 'postgres');

const wholeNumbers = [
  'call_failure',
  'complains',
  'subscription_length',
  'charge_amount',
  'seconds_of_use',
  'frequency_of_use',
  'frequency_of_sms',
  'distinct_called_numbers',
  'age_group',
  'tariff_plan',
  'status',
  'age',
  'churn',
];
const columns = [
  ...wholeNumbers.map((name) => `${name}::BIGINT AS ${name}`),
  'customer_value::DOUBLE AS customer_value',
];

/** Rows of all three, in types that do not depend on where a row comes from. */
const merged = ['from_files', 'from_api', 'from_database']
  .map((source) => `SELECT ${columns.join(', ')} FROM ${source}`)
  .join('\nUNION ALL\n');

/** What has to hold before anybody else sees the rows. */
const gate: ExpectationSuiteInput = {
  name: 'customers',
  expectations: [
    { type: 'expect_table_row_count_to_be_between', min: 1000 },
    { type: 'expect_column_values_to_be_in_set', column: 'churn', values: [0, 1] },
    { type: 'expect_column_values_to_be_between', column: 'seconds_of_use', min: 0 },
    { type: 'expect_column_values_to_be_between', column: 'subscription_length', min: 0, max: 120 },
    { type: 'expect_column_values_to_be_in_set', column: 'tariff_plan', values: [1, 2] },
  ],
};

/**
 * Brings the customers of three systems together: the files below `raw/input/` that no run before has read, of which one a day
 * is waited for, an HTTP API with pages, a PostgreSQL database. What passes the gate becomes the dataset `customers`, whose
 * update starts `model-retraining`. An hour that has brought no file changes nothing.
 */
export default pipeline(
  {
    id: 'data-ingestion',
    description:
      'Reads a file, an API and a database, merges and checks them, and updates the dataset customers.',
    owner: 'data-platform',
    schedule: hourly,
    startDate: '2026-01-01',
    maxActiveRuns: 1,
    defaults: { retries: 3, retryDelay: 20, backoff: 2, jitter: true, timeout: minutes(10) },
    tags: ['ingestion'],
    local: { beside: { command: 'node', args: ['pipelines/data-ingestion/sources.mjs'] } },
  },
  ({ run, group }) => {
    const arrived = objectExists(
      'wait-for-file',
      { key: text`raw/input/${run.ds}.csv` },
      {
        pokeInterval: 60,
        timeout: minutes(50),
        docs: 'Asked, ended and asked again: nothing runs in between.',
      },
    );
    const sources = group('read', () => ({
      // Lists what lies there. A rerun of a date reads the files of that date again.
      files: ingestFiles(
        'files',
        { prefix: 'raw/input/', watermark: { by: 'name' }, whenEmpty: 'skip', name: 'from-files' },
        { after: [arrived] },
      ),
      api: ingestHttp('api', {
        connection: crm,
        path: 'customers',
        records: 'customers',
        pagination: { kind: 'page', sizeParameter: 'size', size: 500 },
        name: 'from-api',
      }),
      database: ingestSql('database', {
        connection: billing,
        query: 'SELECT * FROM customers ORDER BY id',
        name: 'from-database',
      }),
    }));
    const rows = transformSql('merge', {
      inputs: {
        from_files: sources.files.dataset,
        from_api: sources.api.dataset,
        from_database: sources.database.dataset,
      },
      sql: merged,
      name: 'merged',
    });
    const valid = validateDataset('validate', { dataset: rows.dataset, suite: gate });
    publishDataset('publish', { dataset: valid.dataset, name: 'customers' }, { outlets: ['customers'] });
  },
);
