import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InvalidDataset } from '../../lib/data/invalid-dataset';
import { importCsv } from '../../lib/data/ingest-csv';
import { readParquet, type Cell } from '../../lib/data/read-parquet';
import { transformWithSteps } from '../../lib/data/transform-steps';
import type { StepInput } from '../../lib/data/transform/compile-steps';
import { transformStep, type TransformStepInput } from '../../lib/tasks/transform-step';

interface Records {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
}

/** Made by pandas: fixtures/make-transform.py. */
const fixture = JSON.parse(readFileSync(join(__dirname, 'fixtures', 'transform.json'), 'utf8')) as {
  readonly inputs: { readonly sales: Records; readonly shops: Records };
  readonly cases: readonly {
    readonly name: string;
    readonly steps: readonly TransformStepInput[];
    readonly expected: Records;
  }[];
};

const scratch = mkdtempSync(join(tmpdir(), 'millrace-steps-'));
const target = join(scratch, 'result.parquet');
const inputs: Record<string, StepInput> = {};
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

beforeAll(async () => {
  for (const [name, { columns, rows }] of Object.entries(fixture.inputs)) {
    const csv = join(scratch, `${name}.csv`);
    writeFileSync(csv, [columns, ...rows].map((row) => row.map((cell) => cell ?? '').join(',')).join('\n'));
    const path = join(scratch, `${name}.parquet`);
    const made = await importCsv({
      path: csv,
      source: name,
      delimiter: ',',
      nullValues: [''],
      types: name === 'sales' ? { units: 'number' } : {},
      target: path,
      scratch,
      memoryMb: 512,
    });
    inputs[name] = { path, columns: made.columns };
  }
});

async function transform(steps: readonly TransformStepInput[], from = 'sales'): Promise<Records> {
  const parsed = steps.map((step) => transformStep.parse(step));
  const made = await transformWithSteps({ inputs, from, steps: parsed, target, scratch, memoryMb: 512 });
  const table = await readParquet(readFileSync(target), made.columns);
  expect(table.rows).toBe(made.rows);
  return {
    columns: table.columns.map(({ name }) => name),
    rows: Array.from({ length: table.rows }, (_, row) =>
      table.columns.map(({ values, type }) => {
        const value = values[row] ?? null;
        return type === 'date' && typeof value === 'string' ? value.slice(0, 10) : value;
      }),
    ),
  };
}

describe('steps give what pandas gives', () => {
  it.each(fixture.cases)('$name', async ({ steps, expected }) => {
    const { columns, rows } = await transform(steps);
    expect(columns).toEqual(expected.columns);
    expect(rows).toHaveLength(expected.rows.length);
    rows.forEach((row, r) =>
      row.forEach((cell, c) => {
        const wanted = expected.rows[r]?.[c] ?? null;
        const where = `row ${r}, ${columns[c]}`;
        if (typeof wanted === 'number' && typeof cell === 'number')
          expect({ where, near: Math.abs(cell - wanted) <= 1e-9 * Math.max(1, Math.abs(wanted)) }).toEqual({
            where,
            near: true,
          });
        else expect({ where, cell }).toEqual({ where, cell: wanted });
      }),
    );
  });
});

describe('a sample', () => {
  it('has the rows asked for, in their order, the same ones for a seed', async () => {
    const ids = async (step: object) =>
      (
        await transform([
          { step: 'sample', ...step },
          { step: 'select', columns: ['id'] },
        ])
      ).rows.flat();
    const drawn = await ids({ rows: 10, seed: 3 });
    expect(drawn).toEqual([...drawn].sort((a, b) => Number(a) - Number(b)));
    expect(new Set(drawn).size).toBe(10);
    expect(await ids({ rows: 10, seed: 3 })).toEqual(drawn);
    expect(await ids({ rows: 10, seed: 4 })).not.toEqual(drawn);
    expect(await ids({ share: 0.5 })).toHaveLength(30);
    expect(await ids({ share: 1 })).toHaveLength(60);
    // Of MD5, so on every machine.
    expect(drawn.slice(0, 3)).toEqual([1, 3, 7]);
  });
});

it('takes values for what they are, not for SQL', async () => {
  const hostile = "x' OR 1 = 1 --";
  const filtered = await transform([{ step: 'filter', where: { column: 'shop', op: '=', value: hostile } }]);
  expect(filtered.rows).toEqual([]);
  const odd = 'a" FROM x; --';
  const named = await transform([
    { step: 'derive', columns: { [odd]: { value: hostile } } },
    { step: 'select', columns: [odd] },
    { step: 'head', rows: 1 },
  ]);
  expect(named).toEqual({ columns: [odd], rows: [[hostile]] });
});

it('gives the same bytes for the same rows', async () => {
  const steps: TransformStepInput[] = [
    { step: 'join', with: 'shops', on: [{ left: 'shop', right: 'name' }], suffix: '_shop' },
    { step: 'window', by: ['shop'], columns: { lag: { fn: 'lag', of: 'amount' } } },
  ];
  await transform(steps);
  const first = readFileSync(target);
  await transform(steps);
  expect(readFileSync(target).equals(first)).toBe(true);
});

const shops = [{ left: 'shop', right: 'name' }];
it.each<[string, TransformStepInput[], string]>([
  [
    'an unknown column',
    [{ step: 'select', columns: ['amuont'] }],
    "Step 1 (select): there is no column 'amuont'. Did you mean 'amount'? Columns: id, shop",
  ],
  [
    'a column that was dropped',
    [
      { step: 'drop', columns: ['day'] },
      { step: 'sort', by: ['day'] },
    ],
    "Step 2 (sort): there is no column 'day'",
  ],
  ['an unknown input', [{ step: 'join', with: 'shop', on: shops }], "no input 'shop'. Did you mean 'shops'?"],
  [
    'a text for a number',
    [{ step: 'filter', where: { column: 'amount', op: '=', value: '5' } }],
    `'amount' is a column of number values, and "5" is none`,
  ],
  ['no date', [{ step: 'filter', where: { column: 'day', op: '=', value: 'soon' } }], 'soon'],
  [
    'arithmetic with texts',
    [{ step: 'derive', columns: { x: { op: '+', of: ['amount', 'shop'] } } }],
    `'+' takes numbers, and "shop" is of type string`,
  ],
  [
    'a mean of texts',
    [{ step: 'aggregate', columns: { x: { fn: 'mean', of: 'shop' } } }],
    "'shop' is a column of string values, not of numbers",
  ],
  [
    'keys of different kinds',
    [{ step: 'join', with: 'shops', on: [{ left: 'id', right: 'name' }] }],
    "'id' (integer) cannot be matched with 'name' (string)",
  ],
  [
    'a name that is taken',
    [{ step: 'join', with: 'shops', on: shops }],
    "both sides have a column 'note'. Give a suffix",
  ],
  ['a new name that is taken', [{ step: 'rename', columns: { id: 'day' } }], "two columns 'day'"],
  ['a cast that fails', [{ step: 'cast', columns: { shop: 'number' } }], 'Could not convert'],
  [
    'a number for a day',
    [{ step: 'cast', columns: { id: 'date' } }],
    "'id' is a column of integer values, which cannot become date values. Cast it to 'string' before",
  ],
  [
    'a day for a number, though nothing need fit',
    [{ step: 'cast', columns: { day: 'number' }, errors: 'missing' }],
    "'day' is a column of date values, which cannot become number values. Take what is meant of it by 'date-parts'.",
  ],
  [
    'an empty text for the name of a column',
    [
      { step: 'derive', columns: { none: { value: '' } } },
      { step: 'pivot', index: ['shop'], names: 'none', values: 'id', fn: 'count' },
    ],
    "Step 2 (pivot): an empty text is among the values of 'none', and a column needs a name. Give a 'prefix'",
  ],
  ['a union that does not fit', [{ step: 'union', with: ['shops'] }], "'shops' has no column 'id'"],
  [
    'a window without numbers',
    [{ step: 'window', columns: { x: { fn: 'difference', of: 'shop' } } }],
    "'shop' is a column of string",
  ],
  [
    'no column left',
    [{ step: 'drop', columns: ['id', 'shop', 'day', 'amount', 'units', 'note'] }],
    'leaves no column',
  ],
  [
    'a mean of texts to impute',
    [{ step: 'impute', columns: ['note'], strategy: 'mean' }],
    "'note' is a column of string",
  ],
])('refuses %s', async (_what, steps, message) => {
  const error: unknown = await transform(steps).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(InvalidDataset);
  expect((error as Error).message).toContain(message);
});

it('fails a join that finds a row twice, where it must not', async () => {
  const single: TransformStepInput = {
    step: 'join',
    with: 'sales',
    on: [{ left: 'name', right: 'shop' }],
    suffix: '_sale',
    single: true,
  };
  await expect(transform([single], 'shops')).rejects.toThrow(
    "Step 1 (join): rows of 'sales' have the same 'shop'.",
  );
  const once: TransformStepInput = { ...single, with: 'shops', on: shops, suffix: '_shop' };
  expect((await transform([once])).rows).toHaveLength(60);
});

it('makes what is too large missing', async () => {
  const { rows } = await transform([
    { step: 'derive', columns: { huge: { op: 'exp', of: [{ op: '*', of: ['amount', 100] }] } } },
    { step: 'select', columns: ['huge'] },
  ]);
  expect(new Set(rows.flat())).toEqual(new Set([null]));
});

describe('figures of numbers whose squares or sums are no numbers', () => {
  const large = (value: number): TransformStepInput[] => [
    { step: 'head', rows: 3 },
    { step: 'derive', columns: { large: value, all: { value: 'every' } } },
  ];

  it.each([
    [7, [21, 7, 0, 0]],
    [1e200, [3e200, 1e200, null, null]],
    [1.5e308, [null, null, null, null]],
  ])(
    'of three times %d are missing where they are too large',
    async (value, [sum, mean, stdev, variance]) => {
      const of = 'large';
      const whole: TransformStepInput = {
        step: 'aggregate',
        columns: {
          sum: { fn: 'sum', of },
          mean: { fn: 'mean', of },
          stdev: { fn: 'stdev', of },
          variance: { fn: 'variance', of },
        },
      };
      expect((await transform([...large(value), whole])).rows).toEqual([[sum, mean, stdev, variance]]);
      const pivot: TransformStepInput = {
        step: 'pivot',
        index: ['all'],
        names: 'all',
        values: of,
        fn: 'mean',
      };
      expect((await transform([...large(value), pivot])).rows).toEqual([['every', mean]]);
      const window: TransformStepInput = {
        step: 'window',
        orderBy: ['id'],
        columns: {
          sum: { fn: 'cumulative', of, measure: 'sum' },
          mean: { fn: 'cumulative', of, measure: 'mean' },
          stdev: { fn: 'rolling', of, measure: 'stdev', rows: 3 },
        },
      };
      const last: TransformStepInput = { step: 'select', columns: ['sum', 'mean', 'stdev'] };
      expect((await transform([...large(value), window, last])).rows[2]).toEqual([sum, mean, stdev]);
    },
  );

  it('leaves steps between numbers missing that are too large', async () => {
    const sign: TransformStepInput = {
      step: 'derive',
      columns: { large: { if: { column: 'id', op: '=', value: 1 }, take: 1.5e308, else: -1.5e308 } },
    };
    const window: TransformStepInput = {
      step: 'window',
      orderBy: ['id'],
      columns: { step: { fn: 'difference', of: 'large' } },
    };
    const steps: TransformStepInput[] = [{ step: 'head', rows: 3 }, sign, window];
    const { rows } = await transform([...steps, { step: 'select', columns: ['step'] }]);
    expect(rows.flat()).toEqual([null, null, null]);
  });

  it('fills gaps among whole numbers by one that is none of 64 bits', async () => {
    const { rows } = await transform([
      { step: 'head', rows: 2 },
      {
        step: 'derive',
        columns: { whole: { if: { column: 'id', op: '>', value: 0 }, take: { op: 'length', of: ['shop'] } } },
      },
      { step: 'impute', columns: ['whole'], strategy: 'constant', value: 1e300 },
      { step: 'select', columns: ['whole'] },
    ]);
    expect(rows[0]).toEqual([1e300]);
  });

  it('fills gaps by no mean that is too large', async () => {
    const gap: TransformStepInput = {
      step: 'derive',
      columns: { large: { if: { column: 'id', op: '>', value: 0 }, take: 1.5e308 } },
    };
    const { rows } = await transform([
      { step: 'head', rows: 3 },
      gap,
      { step: 'impute', columns: ['large'], strategy: 'mean' },
      { step: 'select', columns: ['large'] },
    ]);
    expect(rows.flat()).toEqual([null, 1.5e308, 1.5e308]);
  });
});

it('needs to know where to begin', async () => {
  const request = {
    inputs,
    steps: [transformStep.parse({ step: 'head', rows: 1 })],
    target,
    scratch,
    memoryMb: 512,
  };
  await expect(transformWithSteps(request)).rejects.toThrow(
    "Say by 'from' which input the steps begin with: sales, shops.",
  );
});

it('rolls over a column without gaps as over one that may have some', async () => {
  const rolling = (minRows: number, behind: number) =>
    ({ fn: 'rolling', of: 'amount', measure: 'mean', rows: 3, minRows, behind }) as const;
  const windows = { a: rolling(3, 0), b: rolling(3, 1), c: rolling(1, 1), d: rolling(2, 2) };
  const window: TransformStepInput = { step: 'window', by: ['shop'], orderBy: ['day'], columns: windows };
  const impute: TransformStepInput = { step: 'impute', columns: ['amount'], strategy: 'mean' };
  // After a cast nothing is known of gaps any more.
  const cast: TransformStepInput = { step: 'cast', columns: { amount: 'number' } };
  const known = await transform([impute, window]);
  expect(known.rows.flat().filter((value) => value === null).length).toBeGreaterThan(20);
  expect(known).toEqual(await transform([impute, cast, window]));
});

it('writes the same file on any number of threads', async () => {
  const rows = 150_000;
  const sales = join(scratch, 'many.csv');
  const lines = Array.from(
    { length: rows },
    (_, i) => `${i},${(i * 7919) % 60},${(i * 31) % 365},${(i % 977) / 7}`,
  );
  writeFileSync(sales, `id,shop,day,amount\n${lines.join('\n')}\n`);
  const path = join(scratch, 'many.parquet');
  const { columns } = await importCsv({
    path: sales,
    source: 'many',
    delimiter: ',',
    nullValues: [''],
    types: {},
    target: path,
    scratch,
    memoryMb: 512,
  });
  const steps = [
    { step: 'join', with: 'other', on: ['id'], suffix: '_other', how: 'left' },
    { step: 'impute', columns: ['amount'], strategy: 'mean' },
    {
      step: 'window',
      by: ['shop'],
      orderBy: ['day'],
      columns: {
        before: { fn: 'lag', of: 'amount' },
        rolling: { fn: 'rolling', of: 'amount', measure: 'mean', rows: 7 },
        all: { fn: 'cumulative', of: 'amount', measure: 'sum' },
      },
    },
  ] as const;
  const hashes: string[] = [];
  for (const threads of [1, 2, 4]) {
    await transformWithSteps({
      inputs: { many: { path, columns }, other: { path, columns } },
      from: 'many',
      steps: steps.map((step) => transformStep.parse(step)),
      target,
      scratch,
      memoryMb: 1024,
      threads,
    });
    hashes.push(createHash('sha256').update(readFileSync(target)).digest('hex'));
  }
  expect(new Set(hashes).size).toBe(1);
});
