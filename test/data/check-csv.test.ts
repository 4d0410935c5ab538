import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkCsv } from '../../lib/data/check-csv';

describe('checkCsv', () => {
  const directory = mkdtempSync(join(tmpdir(), 'millrace-csv-'));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));
  const check = (content: string | Buffer) => {
    const path = join(directory, 'x.csv');
    writeFileSync(path, content);
    return checkCsv(path, 's3://b/x.csv', ',');
  };

  it('counts columns and rows', async () => {
    expect(await check('a,b\n1,"x, ""y""\nz"\n2,\n')).toEqual({ header: ['a', 'b'], rows: 2 });
  });

  it('takes a byte order mark and CRLF', async () => {
    expect(await check('\uFEFFa,b\r\n1,2\r\n')).toEqual({ header: ['a', 'b'], rows: 1 });
  });

  it.each([
    ['an empty file', '', 'is empty'],
    ['a header alone', 'a,b\n', 'no rows'],
    ['no header', '1,2\n3,4\n', "'1' is a number"],
    ['a name twice', 'a,a\n1,2\n', "'a' is there twice"],
    ['a column without a name', 'a,\n1,2\n', 'column 2 has no name'],
    ['a short line', 'a,b\n1,2\n3\n', 'line 3: 1 columns, but the header has 2'],
    ['a long line after a quoted line break', 'a,b\n"x\ny",2\n1,2,3\n', 'line 4: 3 columns'],
    ['an open quote', 'a,b\n"1,2\n', 'opens in line 2 is never closed'],
    [
      'other encodings',
      Buffer.from([0x61, 0x2c, 0x62, 0x0a, 0xe9, 0x2c, 0x32, 0x0a]),
      "line 2, column 'a': a byte that is not UTF-8",
    ],
    [
      'other encodings far in the file',
      Buffer.concat([
        Buffer.from(`a,b\n${'1,ä\n'.repeat(30_000)}1,M`),
        Buffer.from([0xfc, 0x6c, 0x0a]),
        Buffer.from('2,x\n'),
      ]),
      "line 30002, column 'b'",
    ],
    ['UTF-16', Buffer.from('\uFEFFa,b\n1,2\n', 'utf16le'), 'is UTF-16'],
  ])('refuses %s', async (_what, content, message) => {
    await expect(check(content)).rejects.toThrow(message);
    await expect(check(content)).rejects.toMatchObject({ name: 'Millrace.InvalidDataset' });
  });
});
