import '../support/quiet-telemetry';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PutParameterCommand } from '@aws-sdk/client-ssm';
import { handler } from '../../lambdas/http-request/handler';
import { ssmClient } from '../../lib/aws/clients/ssm';
import { secret } from '../../lib/dsl/alerts';
import { httpRequest } from '../../lib/dsl/http-request';
import { pipeline } from '../../lib/dsl/pipeline';
import { text } from '../../lib/dsl/ref';
import type { Json } from '../../lib/model/json';
import { readTaskRecord } from '../../lib/orchestration/task-record';
import { startLocalAws, type LocalAws } from '../support/local-aws';
import { lambdaContext, taskEvent } from '../support/task-event';

let aws: LocalAws;
let server: Server;
let url: string;
let seen: { method: string; path: string; headers: IncomingMessage['headers']; body: string }[] = [];
let answer: { status: number; type?: string; body?: string; headers?: Record<string, string> } = {
  status: 200,
};
let count = 0;

beforeAll(async () => {
  aws = await startLocalAws();
  server = createServer((req, res) => {
    void (async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of req) chunks.push(chunk as Buffer);
      const { method = '', url: path = '', headers } = req;
      seen.push({ method, path, headers, body: Buffer.concat(chunks).toString() });
      if (path === '/silent') return;
      res.writeHead(answer.status, { 'content-type': answer.type ?? 'application/json', ...answer.headers });
      res.end(answer.body ?? '');
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  for (const [name, value] of [
    ['/millrace/test/token', 'tok-123'],
    ['/aws/reference/secretsmanager/millrace/test/other', 'tok-456'],
  ])
    await ssmClient().send(new PutParameterCommand({ Name: name, Value: value, Type: 'SecureString' }));
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await aws.stop();
});
beforeEach(() => {
  seen = [];
  answer = { status: 200, body: '{}' };
});

const ask = async (input: { readonly [name: string]: Json }, runId = `run-${++count}`) =>
  handler(taskEvent({ task: 'ask', runId, input }), lambdaContext());
const bearer = { authorization: { secret: 'token', store: 'parameter' } };

describe('an HTTP request', () => {
  it('sends what it is given, and gives the answer', async () => {
    answer = { status: 201, body: '{"score":0.7}', headers: { 'x-version': '3', 'set-cookie': 'a=b' } };
    const { out } = await ask(
      {
        method: 'POST',
        url: `${url}/score?a=1`,
        query: { n: 2, flag: true },
        headers: { 'X-Team': 'risk' },
        body: { rows: [1] },
      },
      'run-post',
    );
    expect(out).toMatchObject({ status: 201, body: { score: 0.7 }, headers: { 'x-version': '3' } });
    expect((out as { headers: object }).headers).not.toHaveProperty('set-cookie');
    expect(seen).toMatchObject([
      {
        method: 'POST',
        path: '/score?a=1&n=2&flag=true',
        headers: { 'x-team': 'risk', 'content-type': 'application/json', 'idempotency-key': 'run-post/ask' },
        body: '{"rows":[1]}',
      },
    ]);
  });

  it('gives text where there is no JSON, or where JSON is promised in vain', async () => {
    answer = { status: 200, type: 'text/plain', body: '{"a":1}' };
    expect(await ask({ url })).toMatchObject({ out: { body: '{"a":1}' } });
    answer = { status: 200, body: 'not json' };
    expect(await ask({ url })).toMatchObject({ out: { body: 'not json' } });
  });

  it.each([
    ['parameter', 'token', 'tok-123'],
    ['secrets-manager', 'other', 'tok-456'],
  ])('reads a secret of the store %s, and shows it nowhere', async (store, name, value) => {
    answer = { status: 400, body: `{"error":"bad token ${value}"}` };
    const headers = { authorization: { secret: name, store } };
    await expect(
      ask({ url: `${url}/x`, headers, query: { q: 'private' } }, `run-${name}`),
    ).rejects.toMatchObject({
      name: 'Millrace.DoNotRetry',
      message: `Millrace.RequestRefused: GET ${url}/x was answered with status 400: {"error":"bad token •••"}`,
    });
    expect(seen[0]?.headers.authorization).toBe(value);
    expect(JSON.stringify(await readTaskRecord(`run-${name}`, 'ask'))).not.toContain(value);
  });

  it('says which secret is missing', async () => {
    await expect(ask({ url, headers: { a: { secret: 'none', store: 'parameter' } } })).rejects.toThrow(
      /There is no parameter \/millrace\/test\/none\. Make it: aws ssm put-parameter/,
    );
    expect(seen).toEqual([]);
  });

  it('does not take secrets along to where an answer redirects', async () => {
    answer = { status: 302, headers: { location: `${url}/elsewhere` } };
    await expect(ask({ url, headers: bearer })).rejects.toThrow(/status 302/);
    expect(seen).toHaveLength(1);
  });

  it.each([
    [404, 'Millrace.DoNotRetry'],
    [429, 'Millrace.RequestFailed'],
    [503, 'Millrace.RequestFailed'],
  ])('fails with %s under the name %s', async (status, name) => {
    answer = { status };
    await expect(ask({ url })).rejects.toMatchObject({ name });
  });

  it('takes the statuses that are expected', async () => {
    answer = { status: 404 };
    expect(await ask({ url, expectedStatus: [200, 404] })).toMatchObject({ out: { status: 404 } });
    answer = { status: 200 };
    await expect(ask({ url, expectedStatus: [404] })).rejects.toThrow(/status 200/);
  });

  it('may be tried again when nobody answers', async () => {
    await expect(ask({ url: `${url}/silent`, timeoutMs: 50 })).rejects.toMatchObject({
      name: 'Millrace.RequestFailed',
      message: expect.stringContaining(`GET ${url}/silent was not answered`) as unknown,
    });
    await expect(ask({ url: 'http://127.0.0.1:1/' })).rejects.toMatchObject({
      name: 'Millrace.RequestFailed',
    });
  });

  it('refuses an answer that is too large', async () => {
    answer = { status: 200, type: 'text/plain', body: 'x'.repeat(5 * 1024 * 1024) };
    await expect(ask({ url })).rejects.toThrow(/more than 4194304 bytes/);
  });
});

describe('httpRequest', () => {
  it('declares the secrets that it names, and puts no value into the definition', () => {
    const { model } = pipeline({ id: 'asks', description: 'Asks' }, ({ run: { ds } }) => {
      httpRequest('ask', {
        method: 'POST',
        url: 'https://example.com/score',
        headers: {
          authorization: secret('token'),
          'x-key': secret('other', { from: 'secrets-manager' }),
          'x-day': text`${ds}`,
        },
        body: { day: ds },
      });
    });
    expect(model.tasks[0]).toMatchObject({
      access: [
        { store: 'secret', mode: 'read', name: 'token', from: 'parameter' },
        { store: 'secret', mode: 'read', name: 'other', from: 'secrets-manager' },
      ],
    });
  });
});
