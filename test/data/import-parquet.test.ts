/** Parquet files that others wrote: what is not as datasets have it is made so, or refused by name. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { Database, quoteText } from '../../lib/data/duckdb';
import { importParquet } from '../../lib/data/import-parquet';
import { readParquet } from '../../lib/data/read-parquet';

const scratch = mkdtempSync(join(tmpdir(), 'millrace-parquet-'));
const path = join(scratch, 'source.parquet');
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const made = async (select: string) =>
  Database.use({ memoryMb: 512, scratch }, (database) =>
    database.run(`COPY (${select}) TO ${quoteText(path)} (FORMAT parquet)`),
  );
async function imported() {
  const target = join(scratch, 'dataset.parquet');
  const result = await importParquet({ path, source: 's3://b/x.parquet', target, scratch, memoryMb: 512 });
  const table = await readParquet(readFileSync(result.path), result.columns);
  return { ...result, values: Object.fromEntries(table.columns.map(({ name, values }) => [name, values])) };
}
/** A file whose columns have these names, as DuckDB writes none. */
const named = (...names: readonly string[]) =>
  writeFileSync(
    path,
    Buffer.from(parquetWriteBuffer({ columnData: names.map((name) => ({ name, data: [1.5, 2.5] })) })),
  );

it('keeps the file as it is where its values are those of datasets', async () => {
  await made(`SELECT 1.5::DECIMAL(4, 2) AS price, 7::UINTEGER AS n, 'a' AS text, DATE '2026-01-02' AS day`);
  expect(await imported()).toMatchObject({
    path,
    rows: 1,
    columns: [{ type: 'number' }, { type: 'integer' }, { type: 'string' }, { type: 'date' }],
    values: { price: [1.5], n: [7] },
  });
});

it('takes NaN for a missing number, lists for JSON, and what else is no plain value for a text', async () => {
  await made(`SELECT 'nan'::DOUBLE AS a, 'inf'::FLOAT AS f, [1, 2] AS list, {'x': 'é'} AS struct,
      TIME '06:30:00' AS time, 5::UBIGINT AS big, encode('ä') AS bytes
    UNION ALL SELECT 1.5, 'nan'::FLOAT, NULL, NULL, NULL, NULL, NULL`);
  const { path: file, values } = await imported();
  expect(file).not.toBe(path);
  expect(values).toEqual({
    a: [null, 1.5],
    f: [Number.POSITIVE_INFINITY, null],
    list: ['[1,2]', null],
    struct: ['{"x":"é"}', null],
    time: ['06:30:00', null],
    big: [5, null],
    bytes: ['ä', null],
  });
});

it.each<[string, () => unknown, string]>([
  ['a column twice', () => named('a', 'b', 'a'), "s3://b/x.parquet: the column 'a' is there twice."],
  ['names that differ in case', () => named('age', 'Age'), "'Age' is there twice: 'age' is the same name"],
  [
    'whole numbers beyond 64 bits',
    () => made('SELECT 9223372036854775808::UBIGINT AS id'),
    '9223372036854775808',
  ],
  [
    'bytes that are no text',
    () => made(`SELECT '\\xFF\\xFE'::BLOB AS text`),
    's3://b/x.parquet cannot be read as Parquet: Conversion Error: Failure in decode',
  ],
  [
    'a text that is no UTF-8',
    async () => {
      await made(`SELECT 'abcdefgh' AS text FROM range(3)`);
      const bytes = readFileSync(path);
      for (let at = bytes.indexOf('abcdefgh'); at >= 0; at = bytes.indexOf('abcdefgh', at + 1))
        bytes[at + 3] = 0xff;
      writeFileSync(path, bytes);
    },
    'is not valid UTF8',
  ],
  [
    'a damaged page before a sound end',
    async () => {
      await made('SELECT i * 7 AS id, md5(i::VARCHAR) AS text FROM range(4000) r(i)');
      writeFileSync(path, readFileSync(path).fill(0xff, 2000, 30_000));
    },
    's3://b/x.parquet cannot be read as Parquet',
  ],
])('refuses %s', async (_what, write, message) => {
  await write();
  await expect(imported()).rejects.toThrow(message);
  await expect(imported()).rejects.toMatchObject({ name: 'Millrace.InvalidDataset' });
});
