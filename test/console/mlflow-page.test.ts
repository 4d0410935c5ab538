import { gzipSync } from 'node:zlib';
import { serveMlflowPage, type AccountPage } from '../../lib/console/mlflow-page/serve-page';
import { queryOf } from '../../lib/mlflow/query';
import { readTrackingPermissions } from '../../lib/model/tracking-permissions';
import { createExperiment } from '../../lib/tracking/experiments';
import { startLocalAws, type LocalAws } from '../support/local-aws';

const HOST = 'd456.cloudfront.net';
let aws: LocalAws;
let experiment: string;
beforeAll(async () => {
  aws = await startLocalAws();
  ({ id: experiment } = await createExperiment('wheat'));
});
afterAll(async () => aws.stop());

const failures: Error[] = [];
const page: AccountPage = {
  files: [
    { path: 'index.html', type: 'text/html; charset=utf-8' },
    { path: 'static/js/main.1.js', type: 'text/javascript; charset=utf-8' },
  ],
  readCompressed: (path) => gzipSync(`content of ${path}`),
  onFailure: (error) => failures.push(error),
  signIn: {
    settings: { userPoolId: 'eu_1', clientId: 'client', domain: 'pool.example', operators: 'operators' },
    verify: async (token) => {
      if (token !== 'ann' && token !== 'vic') throw new Error('bad token');
      const groups = token === 'ann' ? ['operators'] : [];
      return { name: `${token}@example.com`, groups, claims: { sub: token, 'cognito:groups': groups } };
    },
    post: async (_url, form) => ({ status: 200, body: { id_token: form.get('code') } }),
  },
};

interface Asked {
  readonly by?: string;
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
  readonly permissions?: string;
}

async function ask(what: string, { by, body, headers = {}, permissions }: Asked = {}) {
  const [method = '', target = ''] = what.split(' ');
  const [path = '', query = ''] = target.split('?');
  const answer = await serveMlflowPage(
    {
      method,
      path,
      query: queryOf(new URLSearchParams(query)),
      headers: {
        'x-console-host': HOST,
        host: 'api.example',
        ...(by === undefined ? {} : { cookie: `__Host-millrace-id=${by}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json', origin: `https://${HOST}` }),
        ...headers,
      },
      body: Buffer.from(body === undefined ? '' : JSON.stringify(body)),
    },
    permissions === undefined ? page : { ...page, permissions: readTrackingPermissions(permissions) },
  );
  return { ...answer, text: Buffer.from(answer.body as string).toString() };
}

const RENAME = 'POST /ajax-api/2.0/mlflow/experiments/update';
const TAG = 'POST /ajax-api/2.0/mlflow/experiments/set-experiment-tag';

it('answers its files to all, compressed where that is understood, and nothing that was not bundled', async () => {
  const plain = await ask('GET /static-files/static/js/main.1.js');
  expect([plain.status, plain.text, plain.headers['cache-control']]).toEqual([
    200,
    'content of static/js/main.1.js',
    'public, max-age=2419200',
  ]);
  const gzip = await ask('GET /static-files/static/js/main.1.js', {
    headers: { 'accept-encoding': 'gzip, br' },
  });
  expect([gzip.headers['content-encoding'], gzip.body]).toEqual(['gzip', gzipSync(plain.text)]);
  for (const path of ['files.json', '../permissions.json', '..%2Findex.js', '%', 'index.html/'])
    expect(await ask(`GET /static-files/${path}`)).toMatchObject({ status: 404 });
  expect(await ask('DELETE /static-files/index.html')).toMatchObject({ status: 405 });
});

it('sends who has not signed in to the pool, and back to the page', async () => {
  expect(await ask('GET /')).toMatchObject({ status: 302, headers: { location: '/auth/login' } });
  const away = await ask('GET /auth/login?to=//evil.example');
  const to = new URL(away.headers['location'] ?? '');
  expect(to.searchParams.get('redirect_uri')).toBe(`https://${HOST}/auth/callback`);
  const flow = /__Host-millrace-flow=([^;]*)/.exec(away.headers['set-cookie'] ?? '')?.[1] ?? '';
  const back = await ask(`GET /auth/callback?code=ann&state=${to.searchParams.get('state')}`, {
    headers: { cookie: `__Host-millrace-flow=${flow}` },
  });
  expect([back.status, back.headers['location']]).toEqual([302, '/']);
  expect(back.headers['set-cookie']).toContain('__Host-millrace-id=ann');
  expect(await ask('GET /auth/callback?code=ann&state=x')).toMatchObject({ status: 400 });
  expect((await ask('GET /', { by: 'vic' })).text).toBe('content of index.html');
  const out = await ask('GET /auth/logout', { by: 'vic' });
  expect(out.headers['location']).toContain(encodeURIComponent(`https://${HOST}/`));
});

it('answers the API to who has signed in, and to no page of another site', async () => {
  const get = `GET /ajax-api/2.0/mlflow/experiments/get?experiment_id=${experiment}`;
  for (const by of [undefined, 'forged'])
    expect(JSON.parse((await ask(get, by === undefined ? {} : { by })).text)).toEqual({
      error_code: 'UNAUTHENTICATED',
      message: 'Nobody is signed in, or not any more. Load the page again.',
    });
  const read = await ask(get, { by: 'vic' });
  expect([read.status, JSON.parse(read.text)]).toMatchObject([200, { experiment: { name: 'wheat' } }]);
  expect(read.headers['content-security-policy']).toMatch(/^sandbox/);
  expect(read.headers['cache-control']).toBe('no-store');
  const change = { by: 'ann', body: { experiment_id: experiment, key: 'a', value: 'b' } };
  expect(await ask(TAG, change)).toMatchObject({ status: 200 });
  for (const headers of [{ origin: 'https://evil.example' }, { 'sec-fetch-site': 'cross-site' }])
    expect(await ask(TAG, { ...change, headers })).toMatchObject({ status: 403 });
  expect(await ask('GET /api/2.0/mlflow/experiments/search', { by: 'ann' })).toMatchObject({ status: 404 });
  expect(failures).toEqual([]);
});

it('lets operators do everything and others read, or whom the file of permissions names', async () => {
  const body = { experiment_id: experiment, new_name: 'barley' };
  const refused = await ask(RENAME, { by: 'vic', body });
  expect([refused.status, refused.text]).toEqual([403, expect.stringContaining('PERMISSION_DENIED')]);
  expect(await ask(RENAME, { by: 'ann', body })).toMatchObject({ status: 200 });
  const permissions = JSON.stringify({
    default: 'NONE',
    experiments: [{ name: '*', permission: 'MANAGE', to: ['user:vic'] }],
  });
  const again = { ...body, new_name: 'wheat' };
  expect(await ask(RENAME, { by: 'ann', body: again, permissions })).toMatchObject({ status: 403 });
  expect(await ask(RENAME, { by: 'vic', body: again, permissions })).toMatchObject({ status: 200 });
});

it('reads artifacts and writes none, not even for operators', async () => {
  for (const what of [
    'PUT /ajax-api/2.0/mlflow-artifacts/artifacts/1/x/artifacts/a.txt',
    'DELETE /ajax-api/2.0/mlflow-artifacts/artifacts/1/x/artifacts/a.txt',
    'POST /ajax-api/2.0/mlflow/upload-artifact?run_uuid=x&path=a.txt',
    'POST /ajax-api/2.0/mlflow/artifacts/presigned-upload-url',
  ])
    expect(await ask(what, { by: 'ann', body: {} })).toMatchObject({
      status: 403,
      text: expect.stringContaining('only reads artifacts') as string,
    });
});
