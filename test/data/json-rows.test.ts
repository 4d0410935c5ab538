/** Records of JSON as datasets: whole numbers keep all their digits, wherever they stand. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { isAfter, markOf } from '../../lambdas/ingest-http/marks';
import { Database, quoteText } from '../../lib/data/duckdb';
import { importJsonRows, JsonRows } from '../../lib/data/json-rows';
import { jsonText, parseJson } from '../../lib/data/lossless-json';

const scratch = mkdtempSync(join(tmpdir(), 'millrace-json-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

it('agrees with JSON.parse about what doubles hold, and about what is no JSON', () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 2 }), (text) =>
      expect(JSON.stringify(JSON.parse(jsonText(parseJson(text))))).toBe(JSON.stringify(JSON.parse(text))),
    ),
    { numRuns: 100 },
  );
  for (const text of ['01234567890123456789', '{"a":12345678901234567890', '[1234567890123456-7]', '1e400x'])
    expect(() => parseJson(text)).toThrow(SyntaxError);
});

it('keeps whole numbers beyond doubles, and leaves digits in texts alone', () => {
  const text =
    '{"id":9007199254740993,"deep":[{"n":-12345678901234567890}],"text":"9007199254740993 \\"1","f":1234567890123456789.5,"e":1e30,"safe":1234567890123456}';
  const value = parseJson(text) as Record<string, unknown>;
  expect(value).toMatchObject({
    id: 9007199254740993n,
    deep: [{ n: -12345678901234567890n }],
    text: '9007199254740993 "1',
    safe: 1234567890123456,
  });
  expect(jsonText(value['deep'])).toBe('[{"n":-12345678901234567890}]');
  expect(markOf(value, 'id')).toBe('9007199254740993');
  expect(isAfter('9007199254740993', '9007199254740992')).toBe(true);
  expect(isAfter('9007199254740992', '9007199254740993')).toBe(false);
});

it('makes columns of 64 bits of them, and numbers beyond', async () => {
  const rows = new JsonRows(join(scratch, 'rows.jsonl'), {});
  await rows.add(
    parseJson('{"id":9007199254740993,"far":123456789012345678901234567890,"more":[9007199254740993]}'),
  );
  await rows.add(parseJson('{"id":7,"far":1,"more":[1]}'));
  const columns = await rows.finish();
  expect(columns.map(({ name, type }) => `${name} ${type}`)).toEqual([
    'id integer',
    'far number',
    'more string',
  ]);
  const target = join(scratch, 'x.parquet');
  await importJsonRows({ path: rows.path, columns, target, scratch, memoryMb: 512 });
  const [first] = await Database.use({ memoryMb: 512, scratch }, (database) =>
    database.rows(`SELECT id::VARCHAR AS id, far, more FROM read_parquet(${quoteText(target)})`),
  );
  expect(first).toEqual({ id: '9007199254740993', far: 1.2345678901234568e29, more: '[9007199254740993]' });
});
