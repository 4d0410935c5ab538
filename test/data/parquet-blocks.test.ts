import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Database, quoteText } from '../../lib/data/duckdb';
import { GrowingParquet, readBlocks } from '../../lib/data/parquet-blocks';
import { readParquet, type Table } from '../../lib/data/read-parquet';

const scratch = mkdtempSync(join(tmpdir(), 'millrace-blocks-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** In groups of 2048 rows. */
async function made(name: string, select: string): Promise<string> {
  const path = join(scratch, `${name}.parquet`);
  await Database.use({ memoryMb: 512, scratch }, (database) =>
    database.run(`COPY (${select}) TO ${quoteText(path)} (FORMAT parquet, ROW_GROUP_SIZE 2048)`),
  );
  return path;
}

async function blocksOf(path: string, schema: Parameters<typeof readBlocks>[1]): Promise<Table[]> {
  const blocks: Table[] = [];
  for await (const block of readBlocks(path, schema)) blocks.push(block);
  return blocks;
}

it('reads a group of rows at a time, and writes them as they come', async () => {
  const schema = [
    { name: 'n', type: 'integer' },
    { name: 'text', type: 'string' },
    { name: 'day', type: 'date' },
  ] as const;
  const path = await made(
    'days',
    `SELECT i AS n, CASE WHEN i % 3 > 0 THEN 't' || i END AS text, DATE '2026-01-01' + (i % 31)::INTEGER AS day FROM range(5000) r(i)`,
  );
  const blocks = await blocksOf(path, schema);
  expect(blocks.map(({ rows }) => rows)).toEqual([2048, 2048, 904]);
  const whole = await readParquet(readFileSync(path), schema);
  const copy = new GrowingParquet(join(scratch, 'copy.parquet'), schema);
  for (const block of blocks) await copy.add(block);
  await copy.finish();
  expect(copy.rows).toBe(5000);
  expect(await readParquet(readFileSync(copy.path), schema)).toEqual(whole);
  expect((await blocksOf(copy.path, schema)).map(({ rows }) => rows)).toEqual([2048, 2048, 904]);
});

it('writes a file without rows, too', async () => {
  const schema = [{ name: 'n', type: 'integer' }] as const;
  const file = new GrowingParquet(join(scratch, 'none.parquet'), schema);
  await file.finish();
  expect((await readParquet(readFileSync(file.path), schema)).rows).toBe(0);
  expect(await blocksOf(file.path, schema)).toEqual([]);
});

it('names the row of the file for a number that no double holds', async () => {
  const path = await made(
    'huge',
    `SELECT CASE WHEN i = 4500 THEN 9007199254740993 ELSE i END AS n FROM range(5000) r(i)`,
  );
  await expect(blocksOf(path, [{ name: 'n', type: 'integer' }])).rejects.toThrow(
    "Column 'n' holds 9007199254740993 in row 4501",
  );
});
