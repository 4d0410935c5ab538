/** Pushing to registries that ask who one is, by Basic, by tokens of another server, and as ECR does. */
import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ecrLogin, isEcr } from '../../lib/serving/ecr-login';
import { ociImage } from '../../lib/serving/oci-layout';
import { pushLayout } from '../../lib/serving/push-layout';
import type { RegistryLogin } from '../../lib/serving/registry-login';

const LOGIN: RegistryLogin = { user: 'robot', password: 's3cret' };
const BASIC = `Basic ${Buffer.from('robot:s3cret').toString('base64')}`;
const image = ociImage({
  files: [{ path: 'model', body: Buffer.from('x') }],
  tags: ['v1'],
  labels: {},
  created: '2026-03-01T00:00:00.000Z',
});

let kind: 'basic' | 'bearer' | 'digest';
/** Requests that one token lets through. */
let lasts = Number.POSITIVE_INFINITY;
let server: Server;
let tokens: Server;
let base: string;
const asked: string[] = [];
const stored = new Map<string, Buffer>();

const listening = async (made: Server): Promise<string> => {
  await new Promise<void>((resolve) => made.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(made.address() as AddressInfo).port}`;
};

beforeAll(async () => {
  let issued = 0;
  let left = 0;
  tokens = createServer((request, response) => {
    asked.push(request.url ?? '');
    const known = request.headers.authorization === BASIC;
    response.writeHead(known ? 200 : 401, { 'content-type': 'application/json' });
    left = lasts;
    response.end(known ? JSON.stringify({ token: `token-${++issued}` }) : '{}');
  });
  const realm = await listening(tokens);
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const end = (status: number, headers: Record<string, string> = {}) => {
        response.writeHead(status, headers);
        response.end();
      };
      const { authorization } = request.headers;
      const url = new URL(request.url ?? '', base);
      if (kind === 'digest') return end(401, { 'www-authenticate': 'Digest realm="x"' });
      if (kind === 'basic' && authorization !== BASIC)
        return end(401, { 'www-authenticate': 'Basic realm="x"' });
      if (kind === 'bearer' && (authorization !== `Bearer token-${issued}` || left-- <= 0)) {
        const scope = `repository:models/churn:${request.method === 'HEAD' ? 'pull' : 'pull,push'}`;
        return end(401, {
          'www-authenticate': `Bearer realm="${realm}/token",service="registry",scope="${scope}"`,
        });
      }
      if (request.method === 'HEAD') return end(404);
      if (request.method === 'POST') return end(202, { location: '/upload/1' });
      const body = Buffer.concat(chunks);
      const digest = `sha256:${createHash('sha256').update(body).digest('hex')}`;
      stored.set(url.pathname.includes('manifests') ? url.pathname : digest, body);
      return end(201, { 'docker-content-digest': digest });
    });
  });
  base = await listening(server);
});
afterAll(() => {
  for (const one of [server, tokens]) {
    one.closeAllConnections();
    one.close();
  }
});
beforeEach(() => {
  stored.clear();
  asked.length = 0;
  lasts = Number.POSITIVE_INFINITY;
});

const push = (login?: RegistryLogin) =>
  pushLayout({
    repository: `${base}/models/churn`,
    digest: image.digest,
    tags: ['v1'],
    blob: async (digest) => image.files.get(`blobs/sha256/${digest.slice(7)}`)!,
    signal: AbortSignal.timeout(5_000),
    login,
  });

it('by name and password', async () => {
  kind = 'basic';
  expect(await push(LOGIN)).toContain(image.digest);
  expect(stored.has('/v2/models/churn/manifests/v1')).toBe(true);
  await expect(push()).rejects.toThrow(/wants a name and a password/);
  await expect(push({ user: 'robot', password: 'wrong' })).rejects.toThrow(/answered 401/);
});

it('by tokens for what is done, a new one when it has run out', async () => {
  kind = 'bearer';
  expect(await push(LOGIN)).toContain(image.digest);
  expect(asked.some((url) => url.includes('scope=repository%3Amodels%2Fchurn%3Apull'))).toBe(true);
  const before = asked.length;
  lasts = 2;
  await push(LOGIN);
  expect(asked.length - before).toBeGreaterThan(2);
  await expect(push({ user: 'robot', password: 'wrong' })).rejects.toThrow(/answered 401/);
  await expect(push()).rejects.toThrow(/no connection with a name and a password/);
});

it('says so when the registry wants something else', async () => {
  kind = 'digest';
  await expect(push(LOGIN)).rejects.toThrow(/'Digest', which is not known here/);
});

it('at ECR by the role, and nowhere else', async () => {
  const ecr = createServer((request, response) => {
    asked.push(String(request.headers['x-amz-target']));
    const authorizationToken = Buffer.from('AWS:a:token:with:colons').toString('base64');
    response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' });
    response.end(JSON.stringify({ authorizationData: [{ authorizationToken }] }));
  });
  const before = { ...process.env };
  Object.assign(process.env, {
    AWS_ENDPOINT_URL_ECR: await listening(ecr),
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'x',
    AWS_SECRET_ACCESS_KEY: 'x',
  });
  expect(await ecrLogin()).toEqual({ user: 'AWS', password: 'a:token:with:colons' });
  expect(asked.at(-1)).toMatch(/GetAuthorizationToken$/);
  Object.assign(process.env, before);
  ecr.closeAllConnections();
  ecr.close();
  expect(isEcr('123456789012.dkr.ecr.eu-central-1.amazonaws.com')).toBe(true);
  expect(isEcr('123456789012.dkr.ecr.eu-central-1.amazonaws.com.evil.example')).toBe(false);
});
