import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InvalidDataset } from '../../lib/data/invalid-dataset';
import { readParquet } from '../../lib/data/read-parquet';
import { transformWithSql } from '../../lib/data/transform-sql';
import { writeParquet } from '../../lib/data/write-parquet';

const outside = mkdtempSync(join(tmpdir(), 'millrace-sql-outside-'));
const scratch = mkdtempSync(join(tmpdir(), 'millrace-sql-'));
afterAll(() => [outside, scratch].forEach((path) => rmSync(path, { recursive: true, force: true })));

const sales = join(scratch, 'sales.parquet');
const target = join(scratch, 'result.parquet');
writeFileSync(join(outside, 'secret.csv'), 'a\n1\n');
writeFileSync(
  sales,
  writeParquet({
    rows: 3,
    columns: [
      { name: 'day', type: 'string', values: ['2026-01-01', '2026-01-02', '2026-01-03'] },
      { name: 'amount', type: 'number', values: [10, 20, 40] },
    ],
  }),
);

function transform(sql: string, values: Readonly<Record<string, string | number | null>> = {}) {
  return transformWithSql({ inputs: { sales }, sql, values, target, scratch, memoryMb: 512 });
}

it('makes rows and typed columns, in the order asked for', async () => {
  const made = await transform(
    `SELECT day::DATE AS day, amount, lag(amount) OVER (ORDER BY day) AS before, amount > 15 AS large
     FROM sales ORDER BY day DESC; `,
  );
  expect(made).toEqual({
    rows: 3,
    columns: [
      { name: 'day', type: 'date' },
      { name: 'amount', type: 'number' },
      { name: 'before', type: 'number' },
      { name: 'large', type: 'boolean' },
    ],
  });
  const table = await readParquet(readFileSync(target), made.columns);
  expect(table.columns.map(({ values }) => values)).toEqual([
    ['2026-01-03T00:00:00.000Z', '2026-01-02T00:00:00.000Z', '2026-01-01T00:00:00.000Z'],
    [40, 20, 10],
    [20, 10, null],
    [true, true, false],
  ]);
});

it('binds values, whatever is in them, and needs not use all', async () => {
  const values = { ds: '2026-01-02', unused: 1 };
  expect(await transform('SELECT * FROM sales WHERE day < $ds', values)).toMatchObject({ rows: 1 });
  const hostile = { ds: "' OR 1 = 1; DROP VIEW sales; --" };
  expect(await transform('SELECT * FROM sales WHERE day = $ds', hostile)).toMatchObject({ rows: 0 });
});

it('takes a statement with its semicolon, and semicolons in texts and comments', async () => {
  const made = await transform(`SELECT '; -- no end' AS a, 1 AS "b;" -- a; b
    FROM sales; -- the end;`);
  expect(made.columns.map(({ name }) => name)).toEqual(['a', 'b;']);
  const table = await readParquet(readFileSync(target), made.columns);
  expect(table.columns[0]?.values[0]).toBe('; -- no end');
});

it('gives the same bytes for the same rows', async () => {
  await transform('SELECT * FROM sales ORDER BY amount');
  const first = readFileSync(target);
  await transform('SELECT * FROM sales ORDER BY amount');
  expect(readFileSync(target).equals(first)).toBe(true);
});

it.each([
  ['SELECT * FROM sales WHERE day = $day', 'no value for the parameter $day; there are $ds'],
  ['SELECT 1; SELECT 2', 'must be one SELECT statement'],
  ['DROP VIEW sales', 'syntax error'],
  ['SELECT * FROM sale', 'sale does not exist'],
  ['SELECT nothing FROM sales', '"nothing" not found'],
  ["SELECT day::DATE + 'x'::INTEGER AS a FROM sales", 'x'],
  ['SELECT [amount] AS amounts FROM sales', "column 'amounts' of type DOUBLE[]"],
  [`SELECT * FROM read_csv('${join(outside, 'secret.csv')}')`, 'file system operations are disabled'],
  ["SELECT * FROM 'https://example.com/x.parquet'", 'disabled'],
])('refuses %s', async (sql, message) => {
  const error: unknown = await transform(sql, { ds: '2026-01-01' }).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(InvalidDataset);
  expect((error as Error).message).toContain(message);
});
