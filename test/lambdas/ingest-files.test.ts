/** Many files as one dataset, those of them that are new to a date, or their new rows. */
import '../support/quiet-telemetry';
import { generateKeyPairSync } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PutParameterCommand } from '@aws-sdk/client-ssm';
import { handler as ingestFiles } from '../../lambdas/ingest-files/handler';
import { ssmClient } from '../../lib/aws/clients/ssm';
import { connection } from '../../lib/tasks/connection';
import type { DatasetRef } from '../../lib/tasks/dataset';
import { objects, runTask, valuesOf } from '../support/data-task';
import { startLocalAws, type LocalAws } from '../support/local-aws';

interface Ingested {
  readonly dataset: DatasetRef;
  readonly range: { readonly low: string | null; readonly high: string | null } | null;
  readonly files: number;
  readonly last: string;
}

let aws: LocalAws;
beforeAll(async () => {
  aws = await startLocalAws();
});
afterAll(() => aws.stop());

const put = async (name: string, ...lines: readonly string[]) =>
  objects().putBytes(`raw/${name}`, lines.join('\n'));
const load = async (input: object, day?: number, task = 'load') =>
  runTask<Ingested>(
    ingestFiles,
    { name: 'orders', ...input },
    day === undefined ? {} : { task, run: { logicalDate: `2026-01-0${day}T00:00:00.000Z` } },
  );
const ids = async ({ dataset }: Ingested) => (await valuesOf(dataset))['id'];

it('joins all files below a prefix in the order of their names, with types that hold them all', async () => {
  await put('whole/b.csv', 'id,price', '3,2.5');
  await put('whole/a.csv', 'price,id', '1,1', '2,2');
  await put('whole/readme.txt', 'not read');
  const made = await load({ prefix: 'raw/whole/' });
  expect(await valuesOf(made.dataset)).toEqual({ price: [1, 2, 2.5], id: [1, 2, 3] });
  expect(made).toMatchObject({ range: null, files: 2, dataset: { rows: 3 } });
  expect(made.last).toMatch(/^s3:\/\/.*\/raw\/whole\/b\.csv$/);
});

it('gives each date the files whose names are new, and the same ones when it runs again', async () => {
  const watermark = { by: 'name' };
  const days = async (day: number) => load({ prefix: 'raw/days/', format: 'jsonl', watermark }, day, 'days');
  await put('days/2026-01-01.jsonl', '{"id": 1}', '{"id": 2}');
  const first = await days(1);
  await put('days/2026-01-02.jsonl', '{"id": 3}');
  await put('days/2026-01-03.jsonl', '{"id": 4}');
  const third = await days(3);
  expect([await ids(first), await ids(third)]).toEqual([
    [1, 2],
    [3, 4],
  ]);
  await put('days/2026-01-04.jsonl', '{"id": 5}');
  expect((await days(1)).dataset.sha256).toBe(first.dataset.sha256);
  expect((await days(3)).dataset.sha256).toBe(third.dataset.sha256);
  // What lies before a later date belongs to it already.
  await expect(days(2)).rejects.toThrow('has no rows');
  expect((await days(4)).range).toEqual({
    low: 'raw/days/2026-01-03.jsonl',
    high: 'raw/days/2026-01-04.jsonl',
  });
});

it('gives each date the new rows of files that grow', async () => {
  const grown = async (day: number) =>
    load(
      { prefix: 'raw/grown/', watermark: { column: 'at', start: '2025-12-31' }, whenEmpty: 'write' },
      day,
      'grown',
    );
  await put('grown/shop.csv', 'id,at', '0,2025-12-31', '1,2026-01-01');
  const first = await grown(1);
  await put('grown/shop.csv', 'id,at', '0,2025-12-31', '1,2026-01-01', '2,2026-01-02', '3,2026-01-03');
  const second = await grown(2);
  expect([await ids(first), await ids(second)]).toEqual([[1], [2, 3]]);
  expect(second.range).toEqual({ low: '2026-01-01', high: '2026-01-03' });
  expect((await grown(1)).dataset.sha256).toBe(first.dataset.sha256);
  expect((await grown(3)).dataset.rows).toBe(0);
  await put('grown/shop.csv', 'id,at', '4,');
  await expect(grown(4)).rejects.toThrow("'at' is missing in 1 rows");
});

it.each<[string, string, readonly string[], object]>([
  [
    'of type integer in one file and string in another. Declare it: types: { "id": \'string\' }',
    'id',
    ['x'],
    {},
  ],
  ['same columns', 'other', ['1'], {}],
  ['1 are allowed (maxFiles)', 'id', ['1'], { maxFiles: 1 }],
  ["told by 'day', which the files do not have", 'id', ['1'], { watermark: { column: 'day' } }],
])('refuses: %s', async (message, head, cells, input) => {
  await put('odd/a.csv', 'id', '1');
  await put('odd/b.csv', head, ...cells);
  await expect(load({ prefix: 'raw/odd/', ...input }, 1, 'odd')).rejects.toThrow(message);
});

it('refuses prefixes outside raw/, and skips or fails without files', async () => {
  await expect(load({ prefix: 'datasets/' })).rejects.toThrow('not below raw/');
  await expect(load({ prefix: 'raw/none/' })).rejects.toThrow('has no rows');
  // A skipped task has no output.
  expect(await load({ prefix: 'raw/none/', whenEmpty: 'skip' })).toBeNull();
});

describe('Google Cloud Storage', () => {
  const files: Record<string, string> = { 'in/1.csv': 'id\n1\n', 'in/2.csv': 'id\n2\n' };
  let server: Server;
  beforeAll(async () => {
    server = createServer((request, response) => {
      request.resume();
      const url = new URL(request.url ?? '', 'http://localhost');
      const name = decodeURIComponent(url.pathname.replace('/storage/v1/b/lake/o/', ''));
      const { searchParams: query } = url;
      // One object a page.
      const names = Object.keys(files).sort();
      const at = names.indexOf(query.get('pageToken') ?? names[0]!);
      const body =
        url.pathname === '/token'
          ? { access_token: 'ya29' }
          : {
              items: [{ bucket: 'lake', name: names[at], generation: `7${at}` }],
              nextPageToken: names[at + 1],
            };
      const bytes = query.get('alt') === 'media' ? files[name] : JSON.stringify(body);
      response.writeHead(200, { 'content-type': 'application/json' }).end(bytes);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const settings = {
      kind: 'google-cloud-storage',
      bucket: 'lake',
      endpoint,
      serviceAccount: JSON.stringify({
        type: 'service_account',
        client_email: 'etl@project.iam.gserviceaccount.com',
        private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
        token_uri: `${endpoint}/token`,
      }),
    };
    await ssmClient().send(
      new PutParameterCommand({
        Name: '/millrace-test/connections/lake',
        Value: JSON.stringify(settings),
        Type: 'SecureString',
        Overwrite: true,
      }),
    );
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  it('gives the new objects with their generations, over pages', async () => {
    const lake = connection('lake', 'google-cloud-storage');
    const ask = async (day: number) =>
      load({ connection: lake, prefix: 'in/', watermark: { by: 'name' } }, day, 'lake');
    const first = await ask(1);
    expect(first).toMatchObject({ files: 2, last: 'gs://lake/in/2.csv#71' });
    files['in/3.csv'] = 'id\n3\n';
    expect([await ids(first), await ids(await ask(2))]).toEqual([[1, 2], [3]]);
    expect((await ask(1)).dataset.sha256).toBe(first.dataset.sha256);
  });
});
