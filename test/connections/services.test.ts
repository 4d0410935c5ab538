/** HTTP, Slack and Google Cloud Storage against a server on this machine that speaks their JSON. */
import { createVerify, generateKeyPairSync } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { openGoogleCloudStorage } from '../../lib/connections/google-cloud-storage';
import { openHttp } from '../../lib/connections/http';
import { isWebhook, openSlack } from '../../lib/connections/slack';
import { connection } from '../../lib/tasks/connection';
import { connectionUser } from '../support/connection-user';

interface Heard {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}
type Answer = { readonly status?: number; readonly json?: unknown; readonly text?: string };

let server: Server;
let base: string;
let answerTo: (heard: Heard) => Answer;
const heard: Heard[] = [];

async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { method = '', url = '', headers } = request;
  const one = { method, url, headers, body: await text(request) };
  heard.push(one);
  const { status = 200, json, text: plain } = answerTo(one);
  response.writeHead(status, { 'content-type': json === undefined ? 'text/plain' : 'application/json' });
  response.end(json === undefined ? (plain ?? '') : JSON.stringify(json));
}

beforeAll(async () => {
  server = createServer((request, response) => void serve(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  base = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});
beforeEach(() => {
  heard.length = 0;
});

describe('http', () => {
  const crm = connection('crm', 'http');
  it('sends what the connection says, and JSON', async () => {
    answerTo = () => ({ json: { id: 7 } });
    const client = await openHttp(
      connectionUser({ baseUrl: `${base}/api/`, headers: { 'x-tenant': 'shop' }, token: 'sesame' }),
      crm,
    );
    const answer = await client.post('/orders', { query: { dry: true }, json: { n: 1 } });
    expect(answer.json()).toEqual({ id: 7 });
    expect(heard[0]).toMatchObject({
      method: 'POST',
      url: '/api/orders?dry=true',
      headers: { authorization: 'Bearer sesame', 'x-tenant': 'shop', 'content-type': 'application/json' },
      body: '{"n":1}',
    });
  });

  it('tells what may pass from what will not, without the secrets', async () => {
    const client = await openHttp(connectionUser({ baseUrl: base, headers: {}, token: 'sesame' }), crm);
    answerTo = ({ headers }) => ({ status: 503, text: `busy, ${headers.authorization ?? ''}` });
    await expect(client.get('a')).rejects.toMatchObject({
      name: 'Millrace.RequestFailed',
      message: expect.stringContaining('status 503: busy, Bearer •••') as unknown,
    });
    answerTo = () => ({ status: 403 });
    await expect(client.get('a')).rejects.toMatchObject({ name: 'Millrace.RequestRefused' });
    const closed = await openHttp(connectionUser({ baseUrl: 'http://127.0.0.1:1', headers: {} }), crm);
    await expect(closed.get('a')).rejects.toMatchObject({ name: 'Millrace.RequestFailed' });
  });
});

describe('slack', () => {
  const risk = connection('risk', 'slack');
  it('posts through a webhook, whose path stays secret', async () => {
    const client = await openSlack(connectionUser({ webhookUrl: `${base}/services/T0/B0/sesame` }), risk);
    answerTo = () => ({ text: 'ok' });
    await client.post('late');
    expect(heard[0]).toMatchObject({ url: '/services/T0/B0/sesame', body: '{"text":"late"}' });
    answerTo = ({ url }) => ({ status: 404, text: `no_service ${url}` });
    const error: unknown = await client.post('late').catch((thrown: unknown) => thrown);
    expect(String(error)).toContain('no_service •••');
    expect(String(error)).not.toContain('sesame');
  });

  it('posts as a bot, and hears a refusal in an answer of 200', async () => {
    const client = await openSlack(
      connectionUser({ token: 'xoxb', channel: '#ml', apiUrl: `${base}/api` }),
      risk,
    );
    answerTo = () => ({ json: { ok: true } });
    await client.post('done');
    await client.post('done', { channel: '#risk' });
    expect(heard.map(({ url, body }) => [url, JSON.parse(body)])).toEqual([
      ['/api/chat.postMessage', { channel: '#ml', text: 'done' }],
      ['/api/chat.postMessage', { channel: '#risk', text: 'done' }],
    ]);
    answerTo = () => ({ json: { ok: false, error: 'channel_not_found' } });
    await expect(client.post('done')).rejects.toThrow('channel_not_found');
  });

  it('knows a webhook without posting', async () => {
    answerTo = ({ body }) => (body === '{}' ? { status: 400, text: 'no_text' } : { status: 200 });
    await isWebhook(`${base}/services/x`, new AbortController().signal);
    answerTo = () => ({ status: 404, text: 'no_service' });
    await expect(isWebhook(`${base}/services/x`, new AbortController().signal)).rejects.toThrow('404');
  });
});

describe('google cloud storage', () => {
  const lake = connection('lake', 'google-cloud-storage');
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const key = () =>
    JSON.stringify({
      type: 'service_account',
      client_email: 'etl@project.iam.gserviceaccount.com',
      private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
      private_key_id: 'k1',
      token_uri: `${base}/token`,
    });

  /** The JSON API over objects in memory; without a valid assertion there is no token. */
  function google(objects: Map<string, string>): (request: Heard) => Answer {
    return ({ method, url, headers, body }) => {
      const { pathname, searchParams } = new URL(url, base);
      if (pathname === '/token') {
        const form = new URLSearchParams(body);
        const [header = '', claims = '', signature = ''] = (form.get('assertion') ?? '').split('.');
        const genuine = createVerify('RSA-SHA256')
          .update(`${header}.${claims}`)
          .verify(publicKey, Buffer.from(signature, 'base64url'));
        const { iss, aud } = JSON.parse(Buffer.from(claims, 'base64url').toString()) as Record<
          string,
          unknown
        >;
        return genuine && aud === `${base}/token` && iss === 'etl@project.iam.gserviceaccount.com'
          ? { json: { access_token: 'ya29', expires_in: 3600, token_type: 'Bearer' } }
          : { status: 401, json: { error: 'invalid_grant' } };
      }
      if (headers.authorization !== 'Bearer ya29') return { status: 401 };
      const resource = (name: string) => ({
        bucket: 'lake',
        name,
        size: String(objects.get(name)?.length),
        updated: '2026-11-21T06:00:00.000Z',
        etag: 'e',
      });
      if (!pathname.includes('/b/lake/'))
        return { status: 404, json: { error: { message: 'The specified bucket does not exist.' } } };
      if (pathname === '/storage/v1/b/lake/o')
        return {
          json: {
            items: [...objects.keys()]
              .filter((name) => name.startsWith(searchParams.get('prefix') ?? ''))
              .map(resource),
          },
        };
      if (method === 'POST') {
        objects.set(searchParams.get('name') ?? '', body);
        return { json: resource(searchParams.get('name') ?? '') };
      }
      const name = decodeURIComponent(pathname.slice('/storage/v1/b/lake/o/'.length));
      const content = objects.get(name);
      if (content === undefined)
        return { status: 404, json: { error: { message: `No such object: lake/${name}` } } };
      return searchParams.get('alt') === 'media' ? { text: content } : { json: resource(name) };
    };
  }

  it('signs for a token, finds, lists, reads and writes objects', async () => {
    answerTo = google(new Map([['daily/2026 11.csv', 'a,b']]));
    const storage = await openGoogleCloudStorage(
      connectionUser({ bucket: 'lake', serviceAccount: key(), endpoint: base }),
      lake,
    );
    expect(await storage.head('daily/2026 11.csv')).toMatchObject({ bytes: 3, bucket: 'lake' });
    expect(await storage.head('daily/none.csv')).toBeUndefined();
    expect(Buffer.from(await storage.read('daily/2026 11.csv')).toString()).toBe('a,b');
    await storage.write('daily/new.csv', 'x');
    expect((await storage.list('daily/')).map(({ name }) => name)).toEqual([
      'daily/2026 11.csv',
      'daily/new.csv',
    ]);
    await expect(storage.head('x', 'other')).rejects.toMatchObject({ name: 'Millrace.RequestRefused' });
  });

  it('says what is wrong with a key', async () => {
    const open = async (serviceAccount: string) =>
      openGoogleCloudStorage(connectionUser({ serviceAccount, endpoint: base }), lake);
    await expect(open('{')).rejects.toMatchObject({ name: 'Millrace.InvalidServiceAccount' });
    await expect(open('{"client_email": "x"}')).rejects.toThrow('private_key is missing or wrong');
    await expect(
      open(JSON.stringify({ ...(JSON.parse(key()) as object), private_key: 'no' })),
    ).rejects.toThrow('no RSA key');
  });
});
