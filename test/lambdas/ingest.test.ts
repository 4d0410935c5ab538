/** Ingestion against services on this machine: an HTTP API, PostgreSQL in WebAssembly, the API of Google Cloud Storage. */
import '../support/quiet-telemetry';
import { spawn, type ChildProcess } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { PutParameterCommand } from '@aws-sdk/client-ssm';
import { Client } from 'pg';
import { handler as ingestGcs } from '../../lambdas/ingest-gcs/handler';
import { handler as ingestHttp } from '../../lambdas/ingest-http/handler';
import { handler as ingestSql } from '../../lambdas/ingest-sql/handler';
import { ssmClient } from '../../lib/aws/clients/ssm';
import { connection } from '../../lib/tasks/connection';
import type { DatasetRef } from '../../lib/tasks/dataset';
import { objects, runTask, valuesOf } from '../support/data-task';
import { startLocalAws, type LocalAws } from '../support/local-aws';

interface Ingested {
  readonly dataset: DatasetRef;
  readonly range: { readonly low: string | null; readonly high: string | null } | null;
}

type Answer = (
  url: URL,
  headers: Readonly<Record<string, string | string[] | undefined>>,
) => {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
};

let aws: LocalAws;
let server: Server;
let base: string;
let answer: Answer;
let asked: string[] = [];

beforeAll(async () => {
  aws = await startLocalAws();
  server = createServer((request, response) => {
    request.resume();
    const url = new URL(request.url ?? '', base);
    asked.push(`${url.pathname}${url.search}`);
    const { status = 200, headers = {}, body } = answer(url, request.headers);
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await connect('crm', { kind: 'http', baseUrl: `${base}/api`, token: 'sesame' });
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await aws.stop();
});
beforeEach(() => {
  asked = [];
});

async function connect(name: string, settings: object): Promise<void> {
  await ssmClient().send(
    new PutParameterCommand({
      Name: `/millrace-test/connections/${name}`,
      Value: JSON.stringify(settings),
      Type: 'SecureString',
      Overwrite: true,
    }),
  );
}

const on = (day: number) => ({ run: { logicalDate: new Date(Date.UTC(2026, 0, day)).toISOString() } });

describe('an HTTP API', () => {
  const crm = connection('crm', 'http');
  const ask = async (input: object, props: object = {}) =>
    runTask<Ingested>(ingestHttp, { connection: crm, path: 'orders', name: 'orders', ...input }, props);
  const orders = Array.from({ length: 5 }, (_, i) => ({
    id: i + 1,
    price: i === 0 ? 3 : i / 2,
    paid: i % 2 === 0,
    day: `2026-01-0${i + 1}`,
    note: i === 2 ? null : `n${i}`,
    tags: ['a', i],
  }));

  it('gives typed columns, with the secret sent and patience', async () => {
    let failures = 2;
    answer = (_url, headers) => {
      expect(headers['authorization']).toBe('Bearer sesame');
      return failures-- > 0
        ? { status: 503, body: 'busy' }
        : { body: JSON.stringify({ data: { items: orders } }) };
    };
    const { dataset, range } = await ask({ records: 'data.items' });
    expect(range).toBeNull();
    expect(asked).toHaveLength(3);
    expect(dataset.columns.map(({ name, type }) => `${name} ${type}`)).toEqual([
      'id integer',
      'price number',
      'paid boolean',
      'day date',
      'note string',
      'tags string',
    ]);
    expect(await valuesOf(dataset)).toMatchObject({
      id: [1, 2, 3, 4, 5],
      price: [3, 0.5, 1, 1.5, 2],
      note: ['n0', 'n1', null, 'n3', 'n4'],
      tags: ['["a",0]', '["a",1]', '["a",2]', '["a",3]', '["a",4]'],
    });
  });

  const page = (from: number) => orders.slice(from, from + 2);
  it.each<[string, object, Answer, string[]]>([
    [
      'by number',
      { kind: 'page', size: 2, sizeParameter: 'per' },
      (url) => ({ body: JSON.stringify(page((Number(url.searchParams.get('page')) - 1) * 2)) }),
      ['?page=1&per=2', '?page=2&per=2', '?page=3&per=2'],
    ],
    [
      'by offset',
      { kind: 'offset', size: 2 },
      (url) => ({ body: JSON.stringify(page(Number(url.searchParams.get('offset')))) }),
      ['?offset=0&limit=2', '?offset=2&limit=2', '?offset=4&limit=2'],
    ],
    [
      'by the header',
      { kind: 'link-header' },
      (url) => {
        const at = Number(url.searchParams.get('at') ?? 0);
        return {
          body: JSON.stringify(page(at)),
          headers: at < 4 ? { link: `<${base}/api/orders?at=${at + 2}>; rel="next", <x>; rel="last"` } : {},
        };
      },
      ['', '?at=2', '?at=4'],
    ],
  ])('is read page by page, %s', async (_how, pagination, answers, expected) => {
    answer = answers;
    const { dataset } = await ask({ pagination });
    expect(await valuesOf(dataset)).toMatchObject({ id: [1, 2, 3, 4, 5] });
    expect(asked).toEqual(expected.map((query) => `/api/orders${query}`));
  });

  it('is read by cursors, which must not lead in a circle', async () => {
    answer = (url) => {
      const at = Number(url.searchParams.get('after') ?? 0);
      return { body: JSON.stringify({ items: page(at), meta: { next: at < 4 ? at + 2 : null } }) };
    };
    const pagination = { kind: 'cursor', parameter: 'after', next: 'meta.next' };
    const { dataset } = await ask({ records: 'items', pagination });
    expect(dataset.rows).toBe(5);
    answer = () => ({ body: JSON.stringify({ items: page(0), meta: { next: 7 } }) });
    await expect(ask({ records: 'items', pagination })).rejects.toThrow('leads in a circle');
    await expect(ask({ records: 'items', pagination, maxPages: 1 })).rejects.toThrow('more than 1 pages');
  });

  it('refuses answers that are no records, and writes nothing', async () => {
    const before = await objects().list('datasets/');
    answer = () => ({ body: '<html>' });
    await expect(ask({})).rejects.toThrow('what is no JSON: <html>');
    answer = () => ({ body: Buffer.from('[{"name":"M\xfcller"}]', 'latin1') });
    await expect(ask({})).rejects.toThrow('bytes that are not UTF-8, near: [{"name":"M');
    answer = () => ({ body: '{"error":"x"}' });
    await expect(ask({ records: 'data' })).rejects.toThrow("without a list of records at 'data'");
    answer = () => ({ body: '[1]' });
    await expect(ask({})).rejects.toThrow('Record 1 is no object: 1');
    answer = () => ({ body: '[{"a":"x"}]' });
    await expect(ask({ types: { a: 'number' } })).rejects.toThrow('The types of the columns do not fit');
    answer = () => ({ status: 403, body: 'no, sesame' });
    await expect(ask({})).rejects.toThrow('status 403: no, •••');
    answer = () => ({ body: '[]' });
    await expect(ask({})).rejects.toThrow('has no rows');
    expect(await ask({ whenEmpty: 'skip' })).toBeNull();
    expect(await objects().list('datasets/')).toEqual(before);
    const { dataset } = await ask({ whenEmpty: 'write', types: { id: 'integer' } });
    expect(dataset).toMatchObject({ rows: 0, columns: [{ name: 'id', type: 'integer' }] });
  });

  it('gives each date what is new, once', async () => {
    let newest = 2;
    // Answers with the record of the mark too, as many do.
    answer = (url) => ({
      body: JSON.stringify(
        orders.filter(({ id }) => id >= Number(url.searchParams.get('since') ?? 0) && id <= newest),
      ),
    });
    const input = {
      watermark: { field: 'id', parameter: 'since' },
      whenEmpty: 'write',
      types: { id: 'integer' },
    };
    const ids = async (day: number) => {
      const { dataset, range } = await ask(input, { ...on(day), task: 'new-orders' });
      return { ids: (await valuesOf(dataset))['id'], range };
    };
    expect(await ids(1)).toEqual({ ids: [1, 2], range: { low: null, high: '2' } });
    newest = 4;
    expect(await ids(3)).toEqual({ ids: [3, 4], range: { low: '2', high: '4' } });
    newest = 5;
    // Again, and a date between, which comes too late.
    expect(await ids(1)).toEqual({ ids: [1, 2], range: { low: null, high: '2' } });
    expect(await ids(2)).toEqual({ ids: [], range: { low: '2', high: '2' } });
    expect(await ids(4)).toEqual({ ids: [5], range: { low: '4', high: '5' } });
    expect(await ids(5)).toEqual({ ids: [], range: { low: '5', high: '5' } });
  });

  it('keeps the part of a date that failed behind it, and lets two dates at once have different ones', async () => {
    let newest = 2;
    answer = (url) => ({
      body: JSON.stringify(
        orders.filter(({ id }) => id > Number(url.searchParams.get('since') ?? 0) && id <= newest),
      ),
    });
    const watermark = { field: 'id', parameter: 'since' };
    const load = async (day: number, type = 'integer') =>
      ask(
        { watermark, whenEmpty: 'write', types: { note: type, id: 'integer' } },
        { ...on(day), task: 'broken' },
      );
    await expect(load(1, 'date')).rejects.toThrow('do not fit');
    newest = 4;
    expect((await load(1, 'string')).range).toEqual({ low: null, high: '2' });
    const both = await Promise.allSettled([load(2, 'string'), load(3, 'string')]);
    const refused = both
      .filter((one) => one.status === 'rejected')
      .map(({ reason }) => (reason as Error).name);
    expect(refused.filter((name) => name !== 'Millrace.StateChanged')).toEqual([]);
    const [second, third] = [await load(2, 'string'), await load(3, 'string')];
    const ids = [
      ...((await valuesOf(second.dataset))['id'] ?? []),
      ...((await valuesOf(third.dataset))['id'] ?? []),
    ];
    expect(ids).toEqual([3, 4]);
  });
});

describe('PostgreSQL', () => {
  const warehouse = connection('warehouse', 'postgres');
  let postgres: ChildProcess;
  let settings: { host: string; port: number; database: string; user: string };
  beforeAll(async () => {
    postgres = spawn(process.execPath, [join(__dirname, '..', 'support', 'postgres-process.mjs')], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const [line] = (await once(postgres.stdout as NodeJS.ReadableStream, 'data')) as [Buffer];
    settings = { host: '127.0.0.1', port: Number(line), database: 'postgres', user: 'postgres' };
    await connect('warehouse', { kind: 'postgres', ssl: 'disable', ...settings });
    await change(`CREATE TABLE orders (id bigint, amount numeric(12, 2), paid boolean, day date, changed timestamptz, note text, more jsonb);
      INSERT INTO orders VALUES
        (1, 10.10, true, '2026-01-01', '2026-01-01 06:00:00.123456+02', 'a', '{"x": 1}'),
        (9007199254740993, 'NaN', false, null, '2026-01-02 00:00:00Z', 'it''s', null)`);
  }, 30_000);
  afterAll(async () => {
    postgres.stdin?.end();
    await once(postgres, 'exit');
  });

  async function change(sql: string): Promise<void> {
    const client = new Client(settings);
    await client.connect();
    await client.query(sql);
    await client.end();
  }
  const ask = async (input: object, props: object = {}) =>
    runTask<Ingested>(ingestSql, { connection: warehouse, name: 'orders', ...input }, props);

  it('gives the types of the database, with bound values', async () => {
    const { dataset } = await ask({
      query: 'SELECT * FROM orders WHERE note = ANY (ARRAY[$1, $2]) ORDER BY id',
      values: ['a', "it's"],
    });
    expect(dataset.columns.map(({ name, type }) => `${name} ${type}`)).toEqual([
      'id integer',
      'amount number',
      'paid boolean',
      'day date',
      'changed timestamp',
      'note string',
      'more string',
    ]);
    // The id of the second row is beyond what a number holds here.
    expect(await valuesOf({ ...dataset, columns: dataset.columns.slice(1) })).toMatchObject({
      amount: [10.1, null],
      paid: [true, false],
      day: ['2026-01-01T00:00:00.000Z', null],
      changed: ['2026-01-01T04:00:00.123Z', '2026-01-02T00:00:00.000Z'],
      note: ['a', "it's"],
      more: ['{"x": 1}', null],
    });
  });

  it('refuses queries that cannot be read, and does not write', async () => {
    await expect(ask({ query: 'SELECT nothing FROM orders' })).rejects.toThrow('"nothing" does not exist');
    await expect(ask({ query: 'SELECT 1 AS a, 2 AS a' })).rejects.toThrow("two columns 'a'");
    await expect(ask({ query: 'SELECT 1;' })).rejects.toThrow('ends in a semicolon');
    await expect(ask({ query: 'DELETE FROM orders RETURNING *' })).rejects.toThrow(
      'PostgreSQL refuses the query',
    );
    await expect(ask({ query: 'SELECT * FROM orders WHERE false' })).rejects.toThrow('has no rows');
    expect((await ask({ query: 'SELECT * FROM orders' })).dataset.rows).toBe(2);
  });

  it('gives each date what is new, once', async () => {
    const input = {
      query: 'SELECT id, changed FROM orders',
      watermark: { column: 'changed' },
      whenEmpty: 'write',
    };
    const rows = async (day: number) => {
      const { dataset } = await ask(input, { ...on(day), task: 'changed-orders' });
      return dataset;
    };
    const first = await rows(1);
    expect(first.rows).toBe(2);
    await change(
      `INSERT INTO orders (id, changed) SELECT n, '2026-01-03'::timestamptz + n * interval '1 second' FROM generate_series(1, 6000) n`,
    );
    const second = await rows(2);
    expect(second.rows).toBe(6000);
    await change(`INSERT INTO orders (id, changed) VALUES (7, '2026-01-04Z')`);
    // A rerun of a date is the same dataset, whatever came since.
    expect((await rows(1)).sha256).toBe(first.sha256);
    expect((await rows(2)).sha256).toBe(second.sha256);
    expect((await rows(3)).rows).toBe(1);
    expect((await rows(4)).rows).toBe(0);
  });
});

describe('Google Cloud Storage', () => {
  const lake = connection('lake', 'google-cloud-storage');
  const csv = 'day,amount\n2026-01-01,1.5\n';
  const ask = async (input: object) =>
    runTask<Ingested & { readonly source: object }>(ingestGcs, { connection: lake, name: 'sales', ...input });

  it('gives an object with its generation, by the key of a service account', async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    await connect('lake', {
      kind: 'google-cloud-storage',
      bucket: 'lake',
      endpoint: base,
      serviceAccount: JSON.stringify({
        type: 'service_account',
        client_email: 'etl@project.iam.gserviceaccount.com',
        private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
        token_uri: `${base}/token`,
      }),
    });
    answer = (url, headers) => {
      if (url.pathname === '/token') return { body: '{"access_token":"ya29"}' };
      expect(headers['authorization']).toBe('Bearer ya29');
      if (url.pathname !== '/storage/v1/b/lake/o/sales.csv')
        return { status: 404, body: '{"error":{"message":"No such object"}}' };
      if (url.searchParams.get('alt') !== 'media')
        return {
          body: JSON.stringify({
            bucket: 'lake',
            name: 'sales.csv',
            size: '26',
            updated: '',
            etag: 'e',
            generation: '1700',
          }),
        };
      return url.searchParams.get('generation') === '1700' ? { body: csv } : { status: 404, body: '{}' };
    };
    const { dataset, source } = await ask({ object: 'sales.csv' });
    expect(dataset).toMatchObject({
      rows: 1,
      columns: [
        { name: 'day', type: 'date' },
        { name: 'amount', type: 'number' },
      ],
    });
    expect(source).toMatchObject({ uri: 'gs://lake/sales.csv', version: '1700', bytes: csv.length });
    await expect(ask({ object: 'none.csv' })).rejects.toThrow("no object 'none.csv'");
  });

  it('gives JSON lines by an HMAC key', async () => {
    await connect('lake', {
      kind: 'google-cloud-storage',
      bucket: 'lake',
      endpoint: base,
      accessKeyId: 'GOOG1',
      secretAccessKey: 's',
    });
    const lines = '{"a":1,"b":"x"}\n{"a":2.5}\n';
    answer = (url, headers) => {
      expect(String(headers['authorization'])).toContain('AWS4-HMAC-SHA256 Credential=GOOG1/');
      const found = url.pathname === '/lake/sales.jsonl';
      return {
        status: found ? 200 : 404,
        body: found ? lines : '',
        headers: { 'x-goog-generation': '1701', 'content-length': String(found ? lines.length : 0) },
      };
    };
    const { dataset, source } = await ask({ object: 'sales.jsonl' });
    expect(source).toMatchObject({ version: '1701' });
    expect(asked.at(-1)).toContain('generation=1701');
    expect(await valuesOf(dataset)).toEqual({ a: [1, 2.5], b: ['x', null] });
  });

  it('refuses what it cannot read', async () => {
    const whole = answer;
    await expect(ask({ object: 'sales.xlsx' })).rejects.toThrow("no object 'sales.xlsx'");
    answer = (url, headers) =>
      whole(
        new URL(url.href.replace('sales.bin', 'sales.jsonl').replace('sales.parquet', 'sales.jsonl')),
        headers,
      );
    await expect(ask({ object: 'sales.bin' })).rejects.toThrow('does not tell the format');
    await expect(ask({ object: 'sales.parquet' })).rejects.toThrow('cannot be read as Parquet');
  });
});
