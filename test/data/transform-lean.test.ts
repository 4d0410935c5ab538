/** Figures that are computed apart from the other columns are those of the same steps one after the other. */
import { mkdtempSync, rmSync, writeFileSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { importCsv } from '../../lib/data/ingest-csv';
import { readParquet } from '../../lib/data/read-parquet';
import { transformWithSteps } from '../../lib/data/transform-steps';
import { compileSteps, type StepInput } from '../../lib/data/transform/compile-steps';
import { transformStep, type TransformStepInput } from '../../lib/tasks/transform-step';

const scratch = mkdtempSync(join(tmpdir(), 'millrace-lean-'));
const inputs: Record<string, StepInput> = {};
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const OTHERS = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];

beforeAll(async () => {
  const sales = Array.from({ length: 300 }, (_, i) => {
    const shop = i % 11 === 0 ? '' : (i * 7) % 5;
    const day = `2026-01-${String(1 + ((i * 13) % 28)).padStart(2, '0')}`;
    return [
      i,
      shop,
      i % 17 === 0 ? '' : day,
      i % 6 === 0 ? '' : (i * 37) % 101,
      ...OTHERS.map((c) => `${c}${i}`),
    ];
  });
  const files = {
    sales: [['id', 'shop', 'day', 'amount', ...OTHERS], ...sales],
    shops: [
      ['shop', 'area'],
      [0, 10],
      [1, 20],
      [2, ''],
      [3, 40],
    ],
  };
  for (const [name, rows] of Object.entries(files)) {
    const path = join(scratch, `${name}.csv`);
    writeFileSync(path, rows.map((row) => row.join(',')).join('\n'));
    const target = join(scratch, `${name}.parquet`);
    const options = { source: name, delimiter: ',', nullValues: [''], types: {}, scratch, memoryMb: 512 };
    inputs[name] = { path: target, columns: (await importCsv({ ...options, path, target })).columns };
  }
});

const WINDOW: TransformStepInput = {
  step: 'window',
  by: ['shop'],
  orderBy: [{ column: 'day', descending: true }],
  columns: {
    before: { fn: 'lag', of: 'amount', default: -1 },
    week: { fn: 'rolling', of: 'amount', measure: 'mean', rows: 3, behind: 1 },
    place: { fn: 'row-number' },
  },
};

const CASES: Readonly<Record<string, readonly TransformStepInput[]>> = {
  'on what was read': [WINDOW],
  'after a join': [{ step: 'join', with: 'shops', on: ['shop'] }, WINDOW],
  'after a join, with gaps filled': [
    { step: 'impute', columns: ['shop'], strategy: 'mode' },
    { step: 'join', with: 'shops', on: ['shop'] },
    { step: 'impute', columns: ['amount'], strategy: 'mean' },
    { step: 'impute', columns: ['area'], strategy: 'median' },
    { step: 'impute', columns: ['amount'], strategy: 'constant', value: 3 },
    { step: 'drop', columns: ['id'] },
    WINDOW,
  ],
  'after a join that drops rows': [
    { step: 'join', with: 'shops', on: ['shop'], how: 'semi' },
    { step: 'impute', columns: ['amount'], strategy: 'mean' },
    WINDOW,
  ],
  'after gaps were filled by the row before': [
    { step: 'impute', columns: ['amount'], strategy: 'forward-fill', orderBy: ['day'] },
    WINDOW,
  ],
};

async function rowsOf(steps: readonly TransformStepInput[]) {
  const target = join(scratch, 'result.parquet');
  const parsed = steps.map((step) => transformStep.parse(step));
  const { columns, rows } = await transformWithSteps({
    inputs,
    from: 'sales',
    steps: parsed,
    target,
    scratch,
    memoryMb: 2048,
    threads: 2,
  });
  const table = await readParquet(readFileSync(target), columns);
  expect(table.rows).toBe(rows);
  return table.columns;
}

/** Holds for every row; after it nothing is known of what was before. */
const EVERY: TransformStepInput = { step: 'filter', where: { column: 'a', op: 'is-present' } };

it.each(Object.entries(CASES))('windows %s', async (_, steps) => {
  const plain = steps.flatMap((step) => (step === WINDOW ? [EVERY, step] : [step]));
  expect(await rowsOf(steps)).toEqual(await rowsOf(plain));
});

it('leaves aside the columns that a window does not need, unless rows were dropped', async () => {
  const isApart = async (steps: readonly TransformStepInput[]) => {
    const parsed = steps.map((step) => transformStep.parse(step));
    const { sql } = await compileSteps({ inputs, from: 'sales', steps: parsed }, () =>
      Promise.resolve([{ n: 0, f0: '1' }]),
    );
    return /JOIN "step \d+" AS r ON l\." 0" = r\." \d+"/.test(sql);
  };
  expect(await Promise.all(Object.values(CASES).map(isApart))).toEqual([true, true, true, false, false]);
});
