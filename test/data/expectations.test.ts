import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { importCsv } from '../../lib/data/ingest-csv';
import { validateParquet, type ExpectationResult } from '../../lib/data/validate';
import type { Column } from '../../lib/tasks/dataset';
import { expectationSuite, type ExpectationSuiteInput } from '../../lib/tasks/expectation';

type Expectations = ExpectationSuiteInput['expectations'];

const scratch = mkdtempSync(join(tmpdir(), 'millrace-expectations-'));
const target = join(scratch, 'x.parquet');
let columns: Column[];
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const CSV = `id,shop,day,low,high,kind,code
1,a,2026-01-01,1,5,x,10-20
2,a,2026-01-02,2,4,x,11-21
3,b,2026-01-01,3,3,x,oops
4,b,2026-01-01,,2,y,12-22
5,b,2026-01-04,7,6,y,13-23
6,,2026-01-03,0,1,y,
7,c,2026-01-05,2,9,x,14-24
8,c,2026-01-06,2,8,z,15-25
9,c,2026-01-07,4,8,z,16-26
10,d,2026-01-08,5,8,x,17-27
`;

beforeAll(async () => {
  const path = join(scratch, 'x.csv');
  writeFileSync(path, CSV);
  const options = { source: 'x', delimiter: ',', nullValues: [''], types: {}, scratch, memoryMb: 512 };
  columns = (await importCsv({ ...options, path, target })).columns;
});

async function check(
  expectations: Expectations,
  suite: Partial<ExpectationSuiteInput> = {},
): Promise<ExpectationResult[]> {
  return validateParquet(target, columns, expectationSuite.parse({ name: 'x', expectations, ...suite }), {
    memoryMb: 512,
    scratch,
    at: '2026-01-09T00:00:00.000Z',
  });
}

it.each<[string, Expectations[number], boolean, unknown]>([
  [
    'quantiles within',
    {
      type: 'expect_column_quantile_values_to_be_between',
      column: 'high',
      quantiles: [0, 0.5, 1],
      ranges: [
        [1, 1],
        [5, 6],
        [null, 9],
      ],
    },
    true,
    [1, 5.5, 9],
  ],
  [
    'a quantile outside',
    {
      type: 'expect_column_quantile_values_to_be_between',
      column: 'high',
      quantiles: [0.5],
      ranges: [[6, null]],
    },
    false,
    [5.5],
  ],
  [
    'the most common value',
    { type: 'expect_column_most_common_value_to_be_in_set', column: 'kind', values: ['x'] },
    true,
    ['x'],
  ],
  [
    'one of two that are as common',
    { type: 'expect_column_most_common_value_to_be_in_set', column: 'shop', values: ['b'] },
    false,
    ['b', 'c'],
  ],
  [
    'one of two, where one will do',
    { type: 'expect_column_most_common_value_to_be_in_set', column: 'shop', values: ['b'], tiesOkay: true },
    true,
    ['b', 'c'],
  ],
  // scipy.stats.entropy([.5, .3, .2], [.4, .4, .2])
  [
    'shares near others',
    {
      type: 'expect_column_kl_divergence_to_be_less_than',
      column: 'kind',
      partition: { values: ['x', 'y', 'z'], weights: [4, 4, 2] },
      threshold: 0.03,
    },
    true,
    expect.closeTo(0.025267153, 8),
  ],
  [
    'shares away from others',
    {
      type: 'expect_column_kl_divergence_to_be_less_than',
      column: 'kind',
      partition: { values: ['x', 'y', 'z'], weights: [4, 4, 2] },
      threshold: 0.02,
    },
    false,
    expect.closeTo(0.025267153, 8),
  ],
  [
    'a value without weight',
    {
      type: 'expect_column_kl_divergence_to_be_less_than',
      column: 'kind',
      partition: { values: ['x', 'y'], weights: [1, 1] },
      threshold: 9,
    },
    false,
    'infinite',
  ],
  // scipy.stats.entropy([.4, .6], [.5, .5])
  [
    'bins',
    {
      type: 'expect_column_kl_divergence_to_be_less_than',
      column: 'high',
      partition: { bins: [0, 5, 10], weights: [1, 1] },
      threshold: 0.1,
    },
    true,
    expect.closeTo(0.020135513, 8),
  ],
  [
    'a format',
    { type: 'expect_column_values_to_match_strftime_format', column: 'code', format: '%d-%m' },
    false,
    expect.closeTo(0, 8),
  ],
  [
    'a format, mostly',
    { type: 'expect_column_values_to_match_strftime_format', column: 'day', format: '%Y-%m-%d' },
    true,
    1,
  ],
  [
    'increasing values',
    { type: 'expect_column_values_to_be_increasing', column: 'id', strictly: true },
    true,
    1,
  ],
  ['values that fall twice', { type: 'expect_column_values_to_be_increasing', column: 'day' }, false, 0.8],
  [
    'equal neighbours, strictly',
    { type: 'expect_column_values_to_be_increasing', column: 'day', strictly: true },
    false,
    expect.closeTo(0.7, 8),
  ],
  [
    'values that fall, among some rows',
    {
      type: 'expect_column_values_to_be_increasing',
      column: 'day',
      rowCondition: { column: 'id', op: '>', value: 5 },
    },
    true,
    1,
  ],
  [
    'pairs',
    { type: 'expect_column_pair_values_a_to_be_greater_than_b', columnA: 'high', columnB: 'low' },
    false,
    expect.closeTo(7 / 9, 8),
  ],
  [
    'pairs, or equal, mostly',
    {
      type: 'expect_column_pair_values_a_to_be_greater_than_b',
      columnA: 'high',
      columnB: 'low',
      orEqual: true,
      mostly: 0.8,
    },
    true,
    expect.closeTo(8 / 9, 8),
  ],
  [
    'compound keys',
    { type: 'expect_compound_columns_to_be_unique', columns: ['shop', 'day'] },
    false,
    expect.closeTo(0.8, 8),
  ],
  [
    'compound keys of some rows',
    {
      type: 'expect_compound_columns_to_be_unique',
      columns: ['shop', 'day'],
      rowCondition: { column: 'shop', op: '!=', value: 'b' },
    },
    true,
    1,
  ],
  [
    'sums',
    { type: 'expect_multicolumn_sum_to_equal', columns: ['low', 'high'], sum: 6 },
    false,
    expect.closeTo(3 / 9, 8),
  ],
  [
    'recent data',
    { type: 'expect_row_values_to_have_recent_data', column: 'day', maxAgeHours: 24 },
    true,
    { ageHours: 24, at: '2026-01-09 00:00:00.000' },
  ],
  [
    'stale data',
    { type: 'expect_row_values_to_have_recent_data', column: 'day', maxAgeHours: 23 },
    false,
    expect.objectContaining({ ageHours: 24 }),
  ],
  [
    'a figure of some rows',
    {
      type: 'expect_column_mean_to_be_between',
      column: 'high',
      min: 8,
      max: 9,
      rowCondition: { any: [{ column: 'shop', op: 'in', values: ['c', 'd'] }] },
    },
    true,
    8.25,
  ],
  [
    'gaps of some rows',
    {
      type: 'expect_column_values_to_not_be_null',
      column: 'low',
      rowCondition: { column: 'shop', op: '=', value: 'b' },
    },
    false,
    expect.closeTo(2 / 3, 8),
  ],
  [
    'a schema',
    {
      type: 'expect_table_schema_to_match',
      columns: [
        { name: 'id', type: 'string' },
        { name: 'gone', type: 'number' },
      ],
      allowAdded: true,
    },
    false,
    expect.objectContaining({
      removed: ['gone'],
      retyped: [{ name: 'id', expected: 'string', found: 'integer' }],
    }),
  ],
])('%s', async (_what, expectation, success, observed) => {
  const [result] = await check([expectation]);
  expect({ success: result?.success, observed: result?.observed }).toEqual({ success, observed });
});

it('shows values, counts and rows that fail, as much as is asked for', async () => {
  const expectations: Expectations = [
    { type: 'expect_column_values_to_be_in_set', column: 'kind', values: ['x'] },
    {
      type: 'expect_column_values_to_be_unique',
      column: 'shop',
      rowCondition: { column: 'id', op: '<', value: 4 },
    },
    { type: 'expect_compound_columns_to_be_unique', columns: ['shop', 'day'] },
  ];
  const [kinds, shops, keys] = await check(expectations);
  expect(kinds).toMatchObject({
    elementCount: 10,
    unexpectedCount: 5,
    unexpectedShare: 0.5,
    samples: ['y', 'z'],
    counts: [
      { value: 'y', count: 3 },
      { value: 'z', count: 2 },
    ],
    rowNumbers: [],
  });
  expect(kinds?.rows.map(({ row }) => row)).toEqual([4, 5, 6, 8, 9]);
  expect(kinds?.rows[0]?.cells).toMatchObject({ id: 4, low: null, kind: 'y' });
  expect(shops).toMatchObject({ elementCount: 3, unexpectedCount: 2, samples: ['a'] });
  expect(keys?.rows.map(({ row }) => row)).toEqual([3, 4]);
  const [bare] = await check(expectations, { resultFormat: 'BOOLEAN_ONLY' });
  expect(bare).toMatchObject({ samples: [], rows: [], unexpectedCount: 5 });
  const [basic] = await check(expectations, { resultFormat: 'BASIC' });
  expect(basic).toMatchObject({ samples: ['y', 'z'], counts: [], rows: [] });
  const [complete] = await check(expectations, { resultFormat: 'COMPLETE' });
  expect(complete?.rowNumbers).toEqual([4, 5, 6, 8, 9]);
});

it('says what cannot be measured', async () => {
  const results = await check([
    { type: 'expect_column_pair_values_a_to_be_greater_than_b', columnA: 'hgih', columnB: 'low' },
    { type: 'expect_multicolumn_sum_to_equal', columns: ['low', 'shop'], sum: 1 },
    { type: 'expect_row_values_to_have_recent_data', column: 'id', maxAgeHours: 1 },
    {
      type: 'expect_column_quantile_values_to_be_between',
      column: 'low',
      quantiles: [0.5],
      ranges: [
        [1, 2],
        [1, 2],
      ],
    },
  ]);
  expect(results.map(({ success }) => success)).toEqual([false, false, false, false]);
  expect(results.map(({ message }) => message)).toEqual([
    expect.stringContaining("no column 'hgih'. Did you mean 'high'?"),
    expect.stringContaining("'shop' is a column of string values"),
    expect.stringContaining("'id' is a column of integer values, not of dates"),
    expect.stringContaining('1 quantiles and 2 ranges'),
  ]);
  const rowCondition = { column: 'shpo', op: '=', value: 'a' } as const;
  await expect(check([{ type: 'expect_column_to_exist', column: 'id', rowCondition }])).rejects.toThrow(
    "Did you mean 'shop'?",
  );
});

it('counts values beside a column by any name', async () => {
  const path = join(scratch, 'e.csv');
  writeFileSync(path, 'x,e,k\na,1,1\na,2,2\nb,3,3\n');
  const options = { source: 'e', delimiter: ',', nullValues: [''], types: {}, scratch, memoryMb: 512 };
  const file = join(scratch, 'e.parquet');
  const made = await importCsv({ ...options, path, target: file });
  const suite = expectationSuite.parse({
    name: 'e',
    expectations: [
      { type: 'expect_column_most_common_value_to_be_in_set', column: 'x', values: ['a'] },
      { type: 'expect_column_most_common_value_to_be_in_set', column: 'e', values: [1] },
      { type: 'expect_compound_columns_to_be_unique', columns: ['k', 'e'] },
    ],
  });
  const at = '2026-01-09T00:00:00.000Z';
  const results = await validateParquet(file, made.columns, suite, { memoryMb: 512, scratch, at });
  expect(results.map(({ success }) => success)).toEqual([true, false, true]);
});
