/** Report pages at an address that stays: those of the latest date, whichever run comes last. */
import '../support/quiet-telemetry';
import { handler } from '../../lambdas/publish-pages/handler';
import { objects, runTask } from '../support/data-task';
import { startLocalAws, type LocalAws } from '../support/local-aws';

interface Published {
  readonly report: { readonly uri: string };
  readonly pages: readonly string[];
}

let aws: LocalAws;
beforeAll(async () => {
  aws = await startLocalAws();
});
afterAll(() => aws.stop());

async function publish(id: string, logicalDate: string, files: Readonly<Record<string, string>>) {
  for (const [name, text] of Object.entries(files))
    await objects().putBytes(`reports/weekly/${id}/${name}`, text);
  return runTask<Published>(handler, {}, { run: { id, pipeline: 'weekly', logicalDate } });
}
const latest = (name: string) => objects().getText(`reports/weekly/latest/${name}`);

it('are those of the run, those of its groups too, and nothing that is no page', async () => {
  const { report, pages } = await publish('first', '2026-11-16T00:00:00.000Z', {
    'validate.html': 'valid',
    'train/card.html': 'a card',
    'train/card.json': '{}',
    'rows.parquet': 'PAR1',
  });
  expect(pages).toEqual(['train/card.html', 'validate.html']);
  expect(report.uri).toMatch(/\/reports\/weekly\/latest\/index\.html$/);
  const index = await latest('index.html');
  expect(index).toContain('<a href="train/card.html">train/card</a>');
  expect(index).toContain('first, of 2026-11-16');
  expect([await latest('train/card.html'), await latest('train/card.json')]).toEqual(['a card', '{}']);
  expect(await objects().head('reports/weekly/latest/rows.parquet')).toBeUndefined();
});

it('are replaced by those of a later date, not by those of an earlier one', async () => {
  const { pages } = await publish('second', '2026-11-23T00:00:00.000Z', { 'validate.html': 'refused' });
  expect(pages).toEqual(['validate.html']);
  expect(await latest('validate.html')).toBe('refused');
  // It ends as skipped.
  expect(await publish('backfill', '2026-11-09T00:00:00.000Z', { 'validate.html': 'older' })).toBeNull();
  expect(await latest('validate.html')).toBe('refused');
  // Another run of the same date is the newer one.
  await publish('third', '2026-11-23T00:00:00.000Z', { 'validate.html': 'valid again' });
  expect(await latest('validate.html')).toBe('valid again');
});

it('need no report at all', async () => {
  const { pages } = await publish('quiet', '2026-11-30T00:00:00.000Z', {});
  expect(pages).toEqual([]);
  expect(await latest('index.html')).toContain('The run has written no report.');
});
