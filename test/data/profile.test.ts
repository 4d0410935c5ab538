import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compareParquet } from '../../lib/data/compare-datasets';
import { importCsv } from '../../lib/data/ingest-csv';
import { profileParquet } from '../../lib/data/profile';
import { validateParquet } from '../../lib/data/validate';
import { writeParquet } from '../../lib/data/write-parquet';
import { expectationSuite } from '../../lib/tasks/expectation';
import { renderComparison } from '../../lib/reports/comparison-page';
import { renderProfile } from '../../lib/reports/profile-page';

const scratch = mkdtempSync(join(tmpdir(), 'millrace-profile-'));
const options = { scratch, memoryMb: 512 };
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

async function dataset(name: string, rows: readonly string[]) {
  const path = join(scratch, `${name}.csv`);
  const target = join(scratch, `${name}.parquet`);
  writeFileSync(path, rows.join('\n'));
  const { columns } = await importCsv({
    ...options,
    path,
    target,
    source: name,
    delimiter: ',',
    nullValues: [''],
    types: {},
  });
  return { path: target, columns };
}

const rows = Array.from(
  { length: 80 },
  (_, i) => `${i},${i ** 3},${i < 40 ? '' : 'x'},,<${'ab'[i % 2]}>,${i % 4}`,
);
const header = 'n,cube,half,empty,kind,mod';

it('says where values are missing, what correlates, and what stands out', async () => {
  const { path, columns } = await dataset('one', [header, ...rows]);
  const profile = await profileParquet(path, columns, options);
  expect(profile.missing.columns).toEqual(['half', 'empty']);
  expect(profile.missing.blocks).toHaveLength(40);
  expect([profile.missing.blocks[0], profile.missing.blocks[39]]).toEqual([
    [1, 1],
    [0, 1],
  ]);
  const at = (names: readonly string[], a: string, b: string) =>
    [names.indexOf(a), names.indexOf(b)] as const;
  const of = ({ names, matrix }: typeof profile.correlations, a: string, b: string) => {
    const [i, j] = at(names, a, b);
    return matrix[i]?.[j];
  };
  // scipy.stats.pearsonr and spearmanr
  expect(of(profile.correlations, 'n', 'cube')).toBeCloseTo(0.9152717718295321, 12);
  expect(of(profile.rankCorrelations, 'n', 'cube')).toBeCloseTo(1, 12);
  expect(of(profile.rankCorrelations, 'mod', 'n')).toBeCloseTo(0.04841607448117723, 12);
  expect(profile.alerts).toEqual(
    expect.arrayContaining([
      'half misses 50.0 %',
      'empty is empty',
      'n is unique in every row',
      'half is constant',
    ]),
  );
  const page = renderProfile({ title: 'x', subtitle: '', profile });
  expect(page).toContain('Spearman');
  expect(page).toContain('Missing values, %');
  expect(page).not.toContain('<a>');
});

it('takes infinite numbers and NaN for missing ones, and says so', async () => {
  const values = [1, Number.POSITIVE_INFINITY, 3, Number.NaN];
  const path = join(scratch, 'infinite.parquet');
  writeFileSync(path, writeParquet({ rows: 4, columns: [{ name: 'v', type: 'number', values }] }));
  const columns = [{ name: 'v', type: 'number' }] as const;
  const profile = await profileParquet(path, columns, options);
  expect(profile.columns[0]).toMatchObject({ missing: 2, numeric: { min: 1, max: 3, mean: 2 } });
  expect(profile.alerts).toContain(
    'v has 2 values that are infinite, beyond ±1e75 or no number, which count as missing',
  );
  const suite = expectationSuite.parse({
    name: 'finite',
    expectations: [{ type: 'expect_column_stdev_to_be_between', column: 'v', max: 5 }],
  });
  const [checked] = await validateParquet(path, columns, suite, options);
  expect(checked).toMatchObject({ success: false, observed: null });
});

it('puts two datasets side by side', async () => {
  const before = await dataset('before', [header, ...rows]);
  const after = await dataset('after', [
    'n,cube,half,kind,mod,more',
    ...Array.from({ length: 40 }, (_, i) => `${i + 0.5},${i},x,<a>,${i % 2},1`),
  ]);
  const comparison = await compareParquet(before, after, options);
  expect(comparison).toMatchObject({
    rows: { before: 80, after: 40 },
    added: [{ name: 'more' }],
    removed: [{ name: 'empty' }],
    retyped: [{ name: 'n', before: 'integer', after: 'number' }],
  });
  const kind = comparison.columns.find(({ name }) => name === 'kind')?.distribution;
  expect(kind).toEqual({ labels: ['<a>', '<b>'], before: [0.5, 0.5], after: [1, 0] });
  const mod = comparison.columns.find(({ name }) => name === 'mod')?.distribution;
  expect([mod?.before[0], mod?.after[0], mod?.before.at(-1), mod?.after.at(-1)]).toEqual([
    0.25, 0.5, 0.25, 0,
  ]);
  const page = renderComparison({ title: 'x', subtitle: '', names: { before: 'a', after: 'b' }, comparison });
  expect(page).toContain('n was integer and is number');
  expect(page).toContain('<svg');
  expect(page).not.toContain('<b>');
});

it("tells how columns of texts go together by Cramér's V", async () => {
  const lines = Array.from({ length: 60 }, (_, i) => {
    const size = 'sml'[i % 3]!;
    return [
      size,
      i % 3 === 0 ? 'low' : i % 7 === 0 ? '' : 'high',
      'xy'[(i >> 2) % 2],
      size.toUpperCase(),
      `t${i}`,
    ].join(',');
  });
  const { path, columns } = await dataset('texts', ['size,price,side,code,own', ...lines]);
  const { associations, alerts, ...rest } = await profileParquet(path, columns, options);
  // Every row has another value in 'own', so that it would say all of all.
  expect(associations.names).toEqual(['size', 'price', 'side', 'code']);
  const of = (a: string, b: string) =>
    associations.matrix[associations.names.indexOf(a)]![associations.names.indexOf(b)];
  // scipy.stats.contingency.association(table, method='cramer')
  expect(of('size', 'price')).toBeCloseTo(1, 12);
  expect(of('size', 'code')).toBeCloseTo(1, 12);
  expect(of('size', 'side')).toBeCloseTo(0.0472455591261534, 12);
  expect(of('price', 'side')).toBeCloseTo(0.019939055216355996, 12);
  expect(of('side', 'price')).toBe(of('price', 'side'));
  expect(alerts).toContain('size and code correlate (1.00)');
  expect(renderProfile({ title: 't', subtitle: 's', profile: { ...rest, associations, alerts } })).toContain(
    'Cramér',
  );
});

it('draws whole numbers at whole numbers and dates at days, of one dataset and of two', async () => {
  const dated = (name: string, from: number) =>
    dataset(name, [
      'hr,day',
      ...Array.from(
        { length: 48 },
        (_, i) => `${i % 24},${new Date(Date.UTC(2026, 0, from + i)).toISOString().slice(0, 10)}`,
      ),
    ]);
  const [january, february] = [await dated('january', 1), await dated('february', 32)];
  const { columns } = await profileParquet(january.path, january.columns, options);
  const [hr, day] = columns;
  expect(hr?.numeric).toMatchObject({ binWidth: 1, histogram: new Array(24).fill(2) });
  expect(day?.dates?.starts.slice(0, 2)).toEqual(['2026-01-01', '2026-01-04']);
  expect(day?.dates?.histogram.reduce((sum, count) => sum + count, 0)).toBe(48);
  const { columns: compared } = await compareParquet(january, february, options);
  expect(compared.map(({ distribution }) => distribution.labels.slice(0, 2))).toEqual([
    ['0', '1'],
    ['2026-01-01', '2026-01-05'],
  ]);
  const share = compared[1]!.distribution;
  expect([share.before.at(-1), share.after[0]]).toEqual([0, 0]);
});
