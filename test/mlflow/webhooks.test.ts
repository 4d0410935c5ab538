import { createHmac } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { EventBridgeClient, type PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { handler } from '../../lambdas/webhooks/handler';
import { readParameter } from '../../lib/aws/read-parameter';
import { trackingTable } from '../../lib/aws/tables';
import {
  deliverChange,
  listDeliveries,
  type Patience,
  type RegistryChange,
} from '../../lib/tracking/webhooks/deliver';
import { checkWebhookUrl, isPublic, publicLookup } from '../../lib/tracking/webhooks/public-address';
import { signature } from '../../lib/tracking/webhooks/post-signed';
import { startLocalAws, type LocalAws } from '../support/local-aws';
import { get, post, refusal, request } from '../support/mlflow-api';

interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

let aws: LocalAws;
let server: Server;
let url: string;
let received: Received[] = [];
/** Statuses of the next answers; 200 behind them. */
let answers: (number | 'hang up')[] = [];
/** What the registry told the bus. */
let told: RegistryChange[] = [];

beforeAll(async () => {
  aws = await startLocalAws();
  server = createServer((incoming, answer) => {
    const parts: Buffer[] = [];
    incoming.on('data', (part: Buffer) => parts.push(part));
    incoming.on('end', () => {
      received.push({ headers: incoming.headers, body: Buffer.concat(parts).toString('utf8') });
      const status = answers.shift() ?? 200;
      if (status === 'hang up') return void incoming.socket.destroy();
      answer.writeHead(status, { location: 'http://127.0.0.1:1/' });
      answer.end('thanks');
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
  // What would go to the bus; the bus itself has tests of its own.
  const send = async ({ input }: PutEventsCommand) => {
    for (const { DetailType, Detail = '' } of input.Entries ?? [])
      if (DetailType === 'Registry Changed') told.push(JSON.parse(Detail) as RegistryChange);
    return { FailedEntryCount: 0 };
  };
  jest.spyOn(EventBridgeClient.prototype, 'send').mockImplementation(send as never);
});
beforeEach(async () => {
  for (const { webhook_id } of (await get('webhooks')).json.webhooks ?? [])
    await post(`webhooks/${webhook_id}`, {}, 'DELETE');
  [received, answers, told] = [[], [], []];
});
afterAll(async () => {
  jest.restoreAllMocks();
  server.closeAllConnections();
  server.close();
  await aws.stop();
});

const CREATED = { entity: 'MODEL_VERSION', action: 'CREATED' };
const webhook = async (more: object = {}) =>
  (await post('webhooks', { name: 'chat', url, events: [CREATED], ...more })).webhook;
const secretName = (id: string) => `/millrace-test/webhooks/${id}`;
/** Attempts without pauses. */
const hasty: Patience = { attempts: 3, pause: async () => {} };
const change: RegistryChange = {
  entity: 'model_version',
  action: 'created',
  id: 'change-1',
  at: '2026-11-21T10:00:00.000Z',
  data: { name: 'm', version: '1' },
};

describe('webhooks', () => {
  it('are made, read, listed, changed and deleted; the secret is kept elsewhere and never told', async () => {
    const made = await webhook({ secret: 's3cret', description: 'to the team' });
    const { webhook_id: id } = made;
    expect(made).toEqual({
      webhook_id: expect.stringMatching(/^[0-9a-f-]{36}$/) as unknown,
      name: 'chat',
      description: 'to the team',
      url,
      events: [CREATED],
      status: 'ACTIVE',
      creation_timestamp: expect.any(Number) as unknown,
      last_updated_timestamp: expect.any(Number) as unknown,
    });
    expect(await readParameter(secretName(id))).toBe('s3cret');
    expect(JSON.stringify(await trackingTable().query({ pk: 'WH' }))).not.toContain('s3cret');
    expect((await get(`webhooks/${id}`)).json.webhook).toEqual(made);
    const changed = (
      await post(`webhooks/${id}`, { name: 'talk', status: 'DISABLED', secret: 'other' }, 'PATCH')
    ).webhook;
    expect(changed).toMatchObject({
      name: 'talk',
      status: 'DISABLED',
      description: 'to the team',
      events: [CREATED],
    });
    expect(await readParameter(secretName(id))).toBe('other');
    expect((await get('webhooks')).json.webhooks).toEqual([changed]);
    await post(`webhooks/${id}`, {}, 'DELETE');
    expect(await readParameter(secretName(id))).toBeUndefined();
    for (const [method, path] of [
      ['GET', ''],
      ['DELETE', ''],
      ['PATCH', ''],
      ['POST', '/test'],
    ] as const)
      expect(await request(method, `webhooks/${id}${path}`, method === 'GET' ? undefined : {})).toMatchObject(
        {
          status: 404,
          ...refusal('RESOURCE_DOES_NOT_EXIST', `Webhook with ID ${id} not found.`),
        },
      );
  });

  it('are listed in pages, the newest first', async () => {
    for (const name of ['a', 'b', 'c']) await webhook({ name });
    const first = (await get('webhooks?max_results=2')).json;
    const second = (await get(`webhooks?max_results=2&page_token=${first.next_page_token}`)).json;
    const names = [...first.webhooks, ...second.webhooks].map(({ name }: { name: string }) => name);
    expect([...names].sort()).toEqual(['a', 'b', 'c']);
    expect(second.next_page_token).toBeUndefined();
  });

  it.each<[object, RegExp]>([
    [{ name: undefined }, /Missing value for required parameter 'name'/],
    [{ name: 'with space' }, /Webhook name 'with space' is invalid/],
    [{ name: 'x'.repeat(64) }, /is invalid/],
    [{ events: [] }, /Missing value for required parameter 'events'/],
    [
      { events: [{ entity: 'MODEL_VERSION', action: 'SET' }] },
      /Invalid action 'set' for entity 'model_version'. Valid actions are: created/,
    ],
    [
      { events: [{ entity: 'BUDGET_POLICY', action: 'EXCEEDED' }] },
      /Nothing is told of the entity 'budget_policy'/,
    ],
    [{ events: [{ entity: 'MODEL_VERSION' }] }, /Missing value for required parameter 'events\[0\].action'/],
    [{ secret: 'x'.repeat(4097) }, /more than 4096 bytes/],
    [{ url: 'ftp://example.com/' }, /Allowed schemes are: https/],
    [{ url: 'http://example.com/' }, /Allowed schemes are: https/],
    [{ url: 'https://ann:pw@example.com/' }, /a user or a password/],
    [{ url: 'https://169.254.169.254/latest' }, /'169.254.169.254' is not reachable from elsewhere/],
    [{ url: 'https://[::ffff:10.0.0.1]/' }, /not reachable from elsewhere/],
    [{ url: 'no url' }, /it is no URL/],
  ])('with faults are refused, and nothing is written (%#)', async (more, message) => {
    expect(
      await request('POST', 'webhooks', { name: 'chat', url, events: [CREATED], secret: 's', ...more }),
    ).toMatchObject({
      status: 400,
      ...refusal('INVALID_PARAMETER_VALUE', message),
    });
    expect((await get('webhooks')).json).toEqual({});
  });
});

describe('a delivery', () => {
  it('is signed as MLflow signs, and recorded', async () => {
    const { webhook_id: id } = await webhook({ secret: 's3cret' });
    await handler({ detail: change } as never);
    const [{ headers, body }] = received as [Received];
    expect(JSON.parse(body)).toEqual({
      entity: 'model_version',
      action: 'created',
      timestamp: change.at,
      data: change.data,
    });
    const [delivery, at] = [String(headers['x-mlflow-delivery-id']), String(headers['x-mlflow-timestamp'])];
    const mac = createHmac('sha256', 's3cret').update(`${delivery}.${at}.${body}`).digest('base64');
    expect(headers['x-mlflow-signature']).toBe(`v1,${mac}`);
    expect(Math.abs(Number(at) - Date.now() / 1000)).toBeLessThan(60);
    expect(await listDeliveries(id)).toMatchObject([
      { id: delivery, event: 'model_version.created', delivered: true, attempts: 1, status: 200 },
    ]);
    // Told again, it is not sent again.
    await handler({ detail: change } as never);
    expect(received).toHaveLength(1);
  });

  it('has the signature that MLflow 3.11 computes for the same', () => {
    const body = '{"entity": "registered_model"}';
    expect(signature({ secret: 'key', deliveryId: 'id-1', timestamp: 1700000000, body })).toBe(
      'v1,l7xfQ83CZACNq2Iv2And3pzwsv2AIHbix6mChjwg2/w=',
    );
  });

  it('goes only to active webhooks that asked for the event, without a signature when they have no secret', async () => {
    await webhook({ status: 'DISABLED' });
    await webhook({ events: [{ entity: 'REGISTERED_MODEL', action: 'CREATED' }] });
    await deliverChange(change, hasty);
    expect(received).toEqual([]);
    await webhook();
    await deliverChange(change, hasty);
    expect(received.map(({ headers }) => headers['x-mlflow-signature'])).toEqual([undefined]);
  });

  it('is tried again when the receiver stumbles, under the same id', async () => {
    const { webhook_id: id } = await webhook();
    answers = [503, 'hang up'];
    await deliverChange(change, hasty);
    expect(new Set(received.map(({ headers }) => headers['x-mlflow-delivery-id'])).size).toBe(1);
    expect(await listDeliveries(id)).toMatchObject([{ delivered: true, attempts: 3, status: 200 }]);
  });

  it('that fails is recorded, told to Lambda, and done later, but only to those that lack it', async () => {
    const good = await webhook({ name: 'good' });
    await deliverChange(change, hasty);
    const bad = await webhook({ name: 'bad' });
    answers = [500, 500, 500];
    await expect(deliverChange(change, hasty)).rejects.toMatchObject({
      name: 'Millrace.NotDelivered',
      message: 'model_version.created was not taken by 1 of 2 webhooks: bad: status 500',
    });
    expect(await listDeliveries(bad.webhook_id)).toMatchObject([
      { delivered: false, attempts: 3, status: 500 },
    ]);
    await deliverChange(change, hasty);
    expect(await listDeliveries(bad.webhook_id)).toMatchObject([{ delivered: true, attempts: 4 }]);
    expect(await listDeliveries(good.webhook_id)).toMatchObject([{ attempts: 1 }]);
  });

  it('is given up where a repetition cannot help: redirects are not followed', async () => {
    const { webhook_id: id } = await webhook();
    for (const [i, status] of [302, 400, 410].entries()) {
      answers = [status];
      await deliverChange({ ...change, id: `change-${i}`, at: `2026-11-21T10:00:0${i}.000Z` }, hasty);
    }
    expect(received).toHaveLength(3);
    expect((await listDeliveries(id)).map(({ status, delivered }) => [status, delivered])).toEqual([
      [410, false],
      [400, false],
      [302, false],
    ]);
  });

  it('keeps the last hundred', async () => {
    const { webhook_id: id } = await webhook();
    await trackingTable().putAll(
      Array.from({ length: 120 }, (_, i) => ({
        pk: `WHD#${id}`,
        sk: `2026-01-01T00:00:00.${String(i).padStart(3, '0')}Z#x`,
      })),
    );
    await deliverChange(change, hasty);
    const kept = await listDeliveries(id);
    expect([kept.length, kept[0]?.event]).toEqual([100, 'model_version.created']);
  });

  it('can be tried out with an example', async () => {
    const { webhook_id: id } = await webhook();
    expect(await post(`webhooks/${id}/test`, {})).toEqual({
      result: { success: true, response_status: 200, response_body: 'thanks' },
    });
    expect(JSON.parse(received[0]!.body)).toMatchObject({
      entity: 'model_version',
      data: { name: 'example_model' },
    });
    answers = [500];
    const event = { entity: 'MODEL_VERSION_ALIAS', action: 'DELETED' };
    expect(await post(`webhooks/${id}/test`, { event })).toMatchObject({
      result: { success: false, response_status: 500 },
    });
    answers = ['hang up'];
    expect((await post(`webhooks/${id}/test`, {})).result).toEqual({
      success: false,
      error_message: expect.stringContaining('socket hang up') as unknown,
    });
  });
});

describe('addresses', () => {
  it.each<readonly [string, boolean]>([
    ['93.184.216.34', true],
    ['2606:2800:220:1:248:1893:25c8:1946', true],
    ...[
      '127.0.0.1',
      '10.1.2.3',
      '172.31.0.1',
      '192.168.1.1',
      '169.254.169.254',
      '100.100.0.1',
      '0.0.0.0',
      '224.0.0.1',
      '255.255.255.255',
      '::1',
      '::',
      'fe80::1',
      'fd00:ec2::254',
      '::ffff:127.0.0.1',
      '64:ff9b::a00:1',
      '2002:7f00:1::',
      '2001:db8::1',
    ].map((address) => [address, false] as const),
  ])('%s is public: %s', (address, expected) => {
    expect(isPublic(address)).toBe(expected);
  });

  it('of names are looked at when they are connected to; this machine only in the local cloud', async () => {
    const found = (host: string) =>
      new Promise((resolve) => {
        publicLookup(host, { all: true }, (error, addresses) => resolve(error?.message ?? addresses));
      });
    expect(await found('localhost')).toEqual(
      expect.arrayContaining([expect.objectContaining({ address: '127.0.0.1' })]),
    );
    const endpoint = process.env['AWS_ENDPOINT_URL'];
    delete process.env['AWS_ENDPOINT_URL'];
    try {
      expect(await found('localhost')).toMatch(/^localhost has no public address: /);
      for (const local of [url, 'https://localhost/', 'https://127.0.0.1/'])
        expect(() => checkWebhookUrl(local)).toThrow(/Invalid webhook URL/);
      expect(checkWebhookUrl('https://hooks.example.com/x').hostname).toBe('hooks.example.com');
    } finally {
      process.env['AWS_ENDPOINT_URL'] = endpoint;
    }
  });
});

it('the registry tells the bus of every change that webhooks may ask for, and of stages', async () => {
  const name = 'told';
  await post('registered-models/create', { name, description: 'd', tags: [{ key: 'k', value: 'v' }] });
  await post('model-versions/create', { name, source: 's3://b/m', run_id: 'r' });
  await post('model-versions/set-tag', { name, version: '1', key: 'a', value: 'b' });
  await post('model-versions/delete-tag', { name, version: '1', key: 'a' }, 'DELETE');
  await post('registered-models/alias', { name, alias: 'champion', version: '1' });
  await post('registered-models/alias', { name, alias: 'champion', version: '1' });
  await post('model-versions/transition-stage', { name, version: '1', stage: 'Staging' });
  await post('registered-models/alias', { name, alias: 'champion' }, 'DELETE');
  await post('registered-models/create', {
    name: 'asked',
    tags: [{ key: 'mlflow.prompt.is_prompt', value: 'true' }],
  });
  expect(told.map(({ entity, action, data }) => [`${entity}.${action}`, data])).toEqual([
    ['registered_model.created', { name, tags: { k: 'v' }, description: 'd' }],
    [
      'model_version.created',
      { name, version: '1', source: 's3://b/m', run_id: 'r', tags: {}, description: '' },
    ],
    ['model_version_tag.set', { name, version: '1', key: 'a', value: 'b' }],
    ['model_version_tag.deleted', { name, version: '1', key: 'a' }],
    ['model_version_alias.created', { name, alias: 'champion', version: '1' }],
    ['model_version_stage.changed', { name, version: '1', stage: 'Staging', previous_stage: 'None' }],
    ['model_version_alias.deleted', { name, alias: 'champion' }],
    ['prompt.created', { name: 'asked', tags: { 'mlflow.prompt.is_prompt': 'true' }, description: '' }],
  ]);
  expect(new Set(told.map(({ id }) => id)).size).toBe(told.length);
});
