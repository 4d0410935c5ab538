/** What monitoring does with logs that are empty, labels that come late or never, baselines that are gone, and a bad deployment. */
import '../support/quiet-telemetry';
import { handler as collect } from '../../lambdas/collect-predictions/handler';
import { handler as compare } from '../../lambdas/compare-with-previous/handler';
import { deployVersion } from '../../lib/serving/change-endpoint';
import { readLabels } from '../../lib/serving/read-labels';
import type { DatasetRef } from '../../lib/tasks/dataset';
import { objects, runTask } from '../support/data-task';
import { storeDataset } from '../support/learned';
import { startLocalAws, type LocalAws } from '../support/local-aws';
import { creditRows, registerCreditModel, type CreditRow } from '../support/registered-model';

let aws: LocalAws;
beforeAll(async () => {
  aws = await startLocalAws();
  await registerCreditModel('credit');
  await registerCreditModel('credit', { rows: 600 });
  await registerCreditModel('credit', { rows: 500, shuffled: true });
}, 30_000);
afterAll(async () => aws.stop());

let now = Date.parse('2026-03-01T10:00:00.000Z');
async function serve(endpoint: string, ...versions: readonly string[]): Promise<void> {
  for (const version of versions) {
    now += 1000;
    const strategy = { kind: 'all-at-once' } as const;
    await deployVersion({ endpoint, model: 'credit', version, strategy, now, by: 'test', reason: 'test' });
  }
}

async function labelled(rows: readonly CreditRow[]): Promise<DatasetRef> {
  const names = Object.keys(creditRows()[0]?.fields ?? {});
  const columns = names.map((name) => {
    const values = rows.map(({ fields }) => fields[name] ?? null);
    const numbers = creditRows().every(({ fields }) => typeof fields[name] === 'number');
    return [name, [numbers ? 'integer' : 'string', values]] as const;
  });
  return storeDataset(`labelled-${rows.length}`, {
    ...Object.fromEntries(columns),
    risk: ['string', rows.map(({ label }) => label)],
  } as never) as Promise<DatasetRef>;
}

interface Compared {
  readonly worse: boolean;
  readonly reason: string;
  readonly version: string;
  readonly previous: string | null;
  readonly value: number | null;
  readonly previousValue: number | null;
  readonly low: number | null;
  readonly json: { readonly uri: string };
}
const held = creditRows().slice(700);
const compared = async (endpoint: string, rows: readonly CreditRow[]) =>
  runTask<Compared>(compare, { endpoint, labelled: await labelled(rows), target: 'risk' });

describe('compare-with-previous', () => {
  it('finds that a version was a mistake, and says by how much', async () => {
    await serve('mistaken', '1', '3');
    const found = await compared('mistaken', held);
    expect(found).toMatchObject({ worse: true, version: '3', previous: '1' });
    expect(found.previousValue).toBeGreaterThan((found.value ?? 1) + 0.1);
    expect(found.low).toBeGreaterThan(0.02);
    expect(found.reason).toMatch(
      /^auc of version 3 is 0\.\d+ on 300 labelled requests, version 1 before it would have had 0\.\d+; it gains at least 0\.\d+ with 95 % confidence, where 0\.02 is too much$/,
    );
    expect(await objects().getJson(found.json.uri)).toMatchObject({ worse: true, metric: 'auc' });
  });

  it('leaves a version that is better, or about as good', async () => {
    await serve('better', '3', '1');
    expect(await compared('better', held)).toMatchObject({ worse: false, previous: '3' });
    await serve('same', '1', '2');
    expect(await compared('same', held)).toMatchObject({ worse: false, previous: '1' });
  });

  it('has nothing to say of a first version, and without labels', async () => {
    await serve('first', '1');
    expect(await compared('first', held)).toMatchObject({ worse: false, previous: null, value: null });
    const none = await compared('mistaken', []);
    expect(none).toMatchObject({ worse: false, reason: 'No request to version 3 has a label yet' });
  });

  it('refuses labels of one kind only', async () => {
    await expect(
      compared(
        'mistaken',
        held.filter(({ label }) => label === 'good'),
      ),
    ).rejects.toThrow('one class only has no AUC');
  });
});

describe('collect-predictions', () => {
  it('refuses an endpoint that there is not, and a baseline that is gone', async () => {
    await expect(runTask(collect, { endpoint: 'nowhere' })).rejects.toThrow(
      /There is no endpoint 'nowhere'. Endpoints: .*first.*millrace deploy-model/,
    );
    // Registered by hand: nobody knows what it was fitted on.
    await expect(runTask(collect, { endpoint: 'first' })).rejects.toThrow(
      'Version 1 of credit has no training rows: the run that made it logged none, or the object is gone. Train and register it again by a pipeline.',
    );
  });
});

describe('labels', () => {
  const line = (request: string, label: unknown, row?: number) => JSON.stringify({ request, row, label });
  const put = async (name: string, ...lines: readonly string[]) =>
    objects().putBytes(`labels/told/${name}.jsonl`, lines.join('\n'));

  it('count once each, the last one that was told; never told is no error', async () => {
    expect(await readLabels(objects(), 'told')).toEqual(new Map());
    await put('a', line('r1', 1), line('r1', 0, 1), '');
    await put('b', line('r1', 0));
    expect(await readLabels(objects(), 'told')).toEqual(
      new Map([
        ['r1#0', 0],
        ['r1#1', 0],
      ]),
    );
  });

  it('that were told before the time that is looked at are not read, late ones are', async () => {
    const later = new Date(Date.now() + 3_600_000).toISOString();
    const earlier = new Date(Date.now() - 3_600_000).toISOString();
    expect((await readLabels(objects(), 'told', later)).size).toBe(0);
    expect((await readLabels(objects(), 'told', earlier)).size).toBe(2);
  });

  it.each([
    ['no JSON', 'r1,1'],
    ['no label', '{"request": "r1"}'],
    ['a list as label', '{"request": "r1", "label": [1]}'],
    ['a row that is no number', '{"request": "r1", "row": "0", "label": 1}'],
  ])('that are none are refused with file and line: %s', async (_, bad) => {
    await put('c', line('r2', 1), bad);
    await expect(readLabels(objects(), 'told')).rejects.toThrow(
      `Line 2 of labels/told/c.jsonl is no label: ${bad}`,
    );
  });
});
