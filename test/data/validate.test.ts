import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { importCsv } from '../../lib/data/ingest-csv';
import { validateParquet } from '../../lib/data/validate';
import type { ColumnType } from '../../lib/tasks/dataset';
import { expectationSuite } from '../../lib/tasks/expectation';

describe('expectations about numbers', () => {
  const scratch = mkdtempSync(join(tmpdir(), 'millrace-validate-'));
  afterAll(() => rmSync(scratch, { recursive: true, force: true }));

  async function validate(
    csv: string,
    expectations: readonly object[],
    types: Record<string, ColumnType> = {},
  ) {
    const path = join(scratch, 'x.csv');
    const target = join(scratch, 'x.parquet');
    writeFileSync(path, csv);
    const { columns } = await importCsv({
      path,
      source: 's3://b/x.csv',
      delimiter: ',',
      nullValues: [''],
      types,
      target,
      scratch,
      memoryMb: 512,
    });
    const suite = expectationSuite.parse({ name: 'x', expectations });
    const results = await validateParquet(target, columns, suite, { memoryMb: 512, scratch });
    return results.map(({ success, message }) => ({ success, message }));
  }

  it('fail with the cells at fault on a column of texts', async () => {
    const results = await validate('amount\n100\nmany\n300\nfew\n', [
      { type: 'expect_column_values_to_be_between', column: 'amount', min: 50, max: 200 },
      { type: 'expect_column_mean_to_be_between', column: 'amount', min: 0, max: 1000 },
      { type: 'expect_column_values_to_be_in_set', column: 'amount', values: [100, 300] },
      { type: 'expect_column_values_to_not_be_in_set', column: 'amount', values: [7] },
    ]);
    expect(results).toEqual([
      { success: false, message: '3 of 4 values fail, e.g. 300, few, many' },
      {
        success: false,
        message: expect.stringContaining("'amount' is a column of string values, not of numbers"),
      },
      { success: false, message: '2 of 4 values fail, e.g. few, many' },
      { success: true, message: '' },
    ]);
  });

  it('hold on numbers, and on texts in a set', async () => {
    const results = await validate('amount,kind\n100,a\n300,b\n', [
      { type: 'expect_column_values_to_be_between', column: 'amount', min: 50, max: 300 },
      { type: 'expect_column_mean_to_be_between', column: 'amount', min: 200, max: 200 },
      { type: 'expect_column_values_to_be_in_set', column: 'kind', values: ['a', 'b'] },
    ]);
    expect(results.map(({ success }) => success)).toEqual([true, true, true]);
  });

  it('follow the declared types', async () => {
    await expect(
      validate(
        'zip\n01234\n',
        [{ type: 'expect_column_values_to_be_in_set', column: 'zip', values: ['01234'] }],
        { zip: 'string' },
      ),
    ).resolves.toEqual([{ success: true, message: '' }]);
    await expect(validate('day\n2026-01-01\nsoon\n', [], { day: 'date' })).rejects.toThrow('soon');
    await expect(validate('day\n1\n', [], { date: 'date' })).rejects.toThrow("there is no column 'date'");
  });
});
