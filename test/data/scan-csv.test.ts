import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { checkCsv } from '../../lib/data/check-csv';
import { importCsv } from '../../lib/data/ingest-csv';
import { readParquet } from '../../lib/data/read-parquet';
import { scanCsv } from '../../lib/data/scan-csv';

const scratch = mkdtempSync(join(tmpdir(), 'millrace-scan-'));
const path = join(scratch, 'x.csv');
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

it('agrees with the slower reader about what is sound, and about the rows', async () => {
  const piece = fc.constantFrom('a', 'é', '😀', '"', '""', ',', '\n', '\r\n', ' ', '1', 'b"c', '\n\n');
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { maxLength: 24 }), async (pieces) => {
      writeFileSync(path, `x,y\n${pieces.join('')}`);
      const slow = await checkCsv(path, 'x', ',').then(
        ({ rows }) => rows,
        () => undefined,
      );
      expect((await scanCsv(path, ','))?.rows).toBe(slow);
    }),
    { numRuns: 300 },
  );
});

it('sees bytes that are no UTF-8, also between chunks', async () => {
  const filler = Buffer.alloc((1 << 20) - 5, 'a');
  const file = (middle: Buffer) => writeFileSync(path, Buffer.concat([Buffer.from('x\n'), filler, middle]));
  file(Buffer.from('€😀\n'));
  expect(await scanCsv(path, ',')).toMatchObject({ header: 'x', rows: 1 });
  file(Buffer.from([0x61, 0xe2, 0x82, 0x0a]));
  expect(await scanCsv(path, ',')).toBeUndefined();
  file(Buffer.from([0x61, 0x61, 0xe2, 0x82]));
  expect(await scanCsv(path, ',')).toBeUndefined();
});

it('says what the cells of each column are written with, in quotes too', async () => {
  writeFileSync(path, 'a.b,c,d,e,"f"\n1,-2.5,x,"7",\n,1e3,"1,5",8,\r\n 3 ,,4,"""",\n');
  expect(await scanCsv(path, ',')).toEqual({
    header: 'a.b,c,d,e,"f"',
    rows: 3,
    quotes: true,
    columns: [
      { numberLike: 2, fractional: false, exponents: false, other: false },
      { numberLike: 2, fractional: true, exponents: true, other: false },
      { numberLike: 1, fractional: false, exponents: false, other: true },
      { numberLike: 2, fractional: false, exponents: false, other: true },
      { numberLike: 0, fractional: false, exponents: false, other: false },
    ],
  });
});

it('makes the same file on any number of threads', async () => {
  const lines = Array.from({ length: 300_000 }, (_, i) => `${i},${(i * 7919) % 1000},t${i % 5000},${i / 8}`);
  writeFileSync(path, `id,kind,text,number\n${lines.join('\n')}\n`);
  const hashes = await Promise.all(
    [1, 2, 4].map(async (threads) => {
      const target = join(scratch, `${threads}.parquet`);
      const options = { source: 'x', delimiter: ',', nullValues: [''], types: {}, scratch, memoryMb: 1024 };
      const { columns } = await importCsv({ ...options, path, target, threads });
      expect(columns.map(({ type }) => type)).toEqual(['integer', 'integer', 'string', 'number']);
      return createHash('sha256').update(readFileSync(target)).digest('hex');
    }),
  );
  expect(new Set(hashes).size).toBe(1);
});

describe('types of the whole file', () => {
  const rows = 30_000;
  async function typesOf(cell: (row: number) => string): Promise<string[]> {
    writeFileSync(path, `v,w\n${Array.from({ length: rows }, (_, row) => `${cell(row)},w`).join('\n')}`);
    const options = { source: 'x', delimiter: ',', nullValues: [''], types: {}, scratch, memoryMb: 512 };
    const made = await importCsv({ ...options, path, target: join(scratch, 'x.parquet') });
    expect(made.rows).toBe(rows);
    return made.columns.map(({ type }) => type);
  }

  it.each<[string, (row: number) => string, string]>([
    ['a fraction at the end', (row) => (row < rows - 1 ? String(row) : '0.5'), 'number'],
    ['nothing at first', (row) => (row < rows - 9 ? '' : '7'), 'integer'],
    ['texts at the end', (row) => (row < rows - 900 ? String(row) : 'text'), 'string'],
    ['a time of day', () => '06:30:00', 'string'],
  ])('%s', async (_what, cell, type) => {
    expect(await typesOf(cell)).toEqual([type, 'string']);
  });

  it('names a stray text far behind the sample', async () => {
    await expect(typesOf((row) => (row === 29_000 ? '12o0' : String(row)))).rejects.toThrow(
      "x, line 29002, column 'v': '12o0' is no number",
    );
  });

  it.each(['inf', '-Infinity', 'nan', '1e400'])('refuses %s among numbers', async (cell) => {
    await expect(typesOf((row) => (row === 25_000 ? cell : `${row}.5`))).rejects.toThrow(
      `x, line 25002, column 'v': '${cell}' is no number`,
    );
  });
});

describe('whole numbers beyond those that doubles hold', () => {
  const ingested = async (cell: string, types: Record<string, 'string'> = {}) => {
    writeFileSync(path, `id,w\n${cell},x\n1,y\n`);
    const target = join(scratch, 'x.parquet');
    const options = { source: 'x', delimiter: ',', nullValues: [''], scratch, memoryMb: 512 };
    const { columns } = await importCsv({ ...options, types, path, target });
    return { columns, read: () => readParquet(readFileSync(target), columns) };
  };

  it('are kept in the file, and refused where they would become others', async () => {
    const { columns, read } = await ingested('9007199254740993');
    expect(columns[0]).toEqual({ name: 'id', type: 'integer' });
    await expect(read()).rejects.toThrow(
      "Column 'id' holds 9007199254740993 in row 1, beyond ±2^53, where whole numbers are no longer told apart.",
    );
    const text = await ingested('9007199254740993', { id: 'string' });
    expect((await text.read()).columns[0]!.values).toEqual(['9007199254740993', '1']);
    const safe = await ingested('-9007199254740991');
    expect((await safe.read()).columns[0]!.values).toEqual([-9007199254740991, 1]);
  });

  it('are numbers with fractions beyond 64 bits', async () => {
    const { columns, read } = await ingested('123456789012345678901234567890');
    expect(columns[0]).toEqual({ name: 'id', type: 'number' });
    expect((await read()).columns[0]!.values[0]).toBeCloseTo(1.2345678901234568e29, -15);
  });
});
