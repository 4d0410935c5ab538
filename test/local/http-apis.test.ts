import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { open, type RootDatabase } from 'lmdb';
import { HttpApis } from '../../lib/local/apigateway/http-apis';
import type { InvocationResult } from '../../lib/local/lambda/worker';

interface Invoked {
  readonly arn: string;
  readonly event: {
    readonly rawPath: string;
    readonly rawQueryString: string;
    readonly body?: string;
    readonly isBase64Encoded: boolean;
    readonly routeKey: string;
    readonly requestContext: { readonly http: { readonly method: string } };
  };
}

const directory = mkdtempSync(join(tmpdir(), 'millrace-apis-'));
let root: RootDatabase;
let server: Server;
let url: string;
let result: InvocationResult;
const invoked: Invoked[] = [];

beforeAll(async () => {
  root = open({ path: directory, encoding: 'json', noSync: true });
  const apis = new HttpApis({
    root,
    invoke: async (arn, payload) => {
      invoked.push({ arn, event: JSON.parse(payload) as Invoked['event'] });
      return result;
    },
  });
  apis.putApi('shop');
  for (const key of ['$default', 'ANY /orders/{id}', 'GET /orders/{id}', 'ANY /files/{path+}'])
    apis.putRoute('shop', key, `arn of ${key}`);
  apis.putApi('bare');
  server = createServer((request, response) => void apis.handle(request, response));
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/_api`;
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await root.close();
  rmSync(directory, { recursive: true, force: true });
});
beforeEach(() => {
  invoked.length = 0;
  result = { payload: JSON.stringify({ statusCode: 200, body: 'ok' }) };
});

it.each([
  ['GET', '/orders/7', 'GET /orders/{id}'],
  ['DELETE', '/orders/7', 'ANY /orders/{id}'],
  ['GET', '/orders/7/lines', '$default'],
  ['GET', '/files/a/b.txt', 'ANY /files/{path+}'],
  ['GET', '/', '$default'],
])('%s %s comes to the function of the most particular route', async (method, path, route) => {
  await fetch(`${url}/shop${path}`, { method });
  expect(invoked).toMatchObject([{ arn: `arn of ${route}`, event: { routeKey: route, rawPath: path } }]);
});

it('hands on bodies as texts, and what is no text in base64', async () => {
  await fetch(`${url}/shop/x?a=1&b=2`, {
    method: 'POST',
    body: '{"a": "ü"}',
    headers: { 'content-type': 'application/json' },
  });
  await fetch(`${url}/shop/x`, {
    method: 'POST',
    body: Buffer.from([0, 255]),
    headers: { 'content-type': 'image/png' },
  });
  expect(invoked.map(({ event }) => [event.body, event.isBase64Encoded, event.rawQueryString])).toEqual([
    ['{"a": "ü"}', false, 'a=1&b=2'],
    ['AP8=', true, ''],
  ]);
});

it('answers what the function answers: status, headers, bytes, or plain JSON', async () => {
  result = {
    payload: JSON.stringify({
      statusCode: 418,
      headers: { 'x-tea': 'green' },
      body: Buffer.from([1, 2]).toString('base64'),
      isBase64Encoded: true,
    }),
  };
  const tea = await fetch(`${url}/shop/`);
  expect([tea.status, tea.headers.get('x-tea')]).toEqual([418, 'green']);
  expect([...new Uint8Array(await tea.arrayBuffer())]).toEqual([1, 2]);
  result = { payload: '{"plain": true}' };
  expect(await (await fetch(`${url}/shop/`)).json()).toEqual({ plain: true });
});

it('hides why a function failed, and knows no other APIs', async () => {
  result = { functionError: 'Unhandled', payload: '{"errorMessage": "secret"}' };
  const failed = await fetch(`${url}/shop/`);
  expect([failed.status, await failed.text()]).toEqual([500, '{"message":"Internal Server Error"}']);
  expect((await fetch(`${url}/nobody/`)).status).toBe(404);
  expect((await fetch(`${url}/bare/`)).status).toBe(404);
  expect((await fetch(`${url}/shop/`, { method: 'POST', body: Buffer.alloc(11 * 1024 * 1024) })).status).toBe(
    413,
  );
});
