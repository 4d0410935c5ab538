import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { handler } from '../../lambdas/mlflow-api/handler';
import { listEvents } from '../../lib/tracking/registry-events';
import { startLocalAws, type LocalAws } from '../support/local-aws';

let aws: LocalAws;
beforeAll(async () => {
  aws = await startLocalAws();
});
afterAll(async () => aws.stop());

const call = async (
  method: string,
  rawPath: string,
  options: {
    query?: string;
    body?: string | Buffer;
    stage?: string;
    authorizer?: object;
    routeKey?: string;
  } = {},
) => {
  const { body } = options;
  const event = {
    version: '2.0',
    rawPath,
    routeKey: options.routeKey ?? '$default',
    rawQueryString: options.query ?? '',
    headers: { 'content-type': 'application/json' },
    requestContext: {
      stage: options.stage ?? '$default',
      http: { method, path: rawPath },
      ...(options.authorizer === undefined ? {} : { authorizer: options.authorizer }),
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : body.toString('base64') }),
    isBase64Encoded: Buffer.isBuffer(body),
  } as unknown as APIGatewayProxyEventV2;
  return handler(event);
};
const API = '/api/2.0/mlflow';

it('answers JSON, below a stage too', async () => {
  const made = await call('POST', `/prod${API}/experiments/create`, { body: '{"name":"e"}', stage: 'prod' });
  expect(made).toMatchObject({ statusCode: 200, headers: { 'content-type': 'application/json' } });
  const found = await call('GET', `${API}/experiments/get-by-name`, { query: 'experiment_name=e' });
  expect(JSON.parse(found.body ?? '')).toMatchObject({ experiment: JSON.parse(made.body ?? '') });
  expect(await call('GET', '/nothing')).toMatchObject({ statusCode: 404 });
});

it('answers who signs on a route of their own', async () => {
  const routeKey = 'ANY /iam/{proxy+}';
  expect(await call('GET', '/iam/health', { routeKey })).toMatchObject({ statusCode: 200, body: 'OK' });
  expect(await call('GET', '/prod/iam/health', { routeKey, stage: 'prod' })).toMatchObject({ body: 'OK' });
  expect(await call('GET', '/iam/health')).toMatchObject({ statusCode: 404 });
});

it('takes and gives bytes in base64', async () => {
  const path = '/api/2.0/mlflow-artifacts/artifacts/0/x.bin';
  const bytes = Buffer.from([0, 255, 128, 10]);
  expect((await call('PUT', path, { body: bytes })).statusCode).toBe(200);
  expect(await call('GET', path)).toMatchObject({ body: bytes.toString('base64'), isBase64Encoded: true });
});

it('sends those who want more than an answer of Lambda holds to S3', async () => {
  const path = '/api/2.0/mlflow-artifacts/artifacts/0/large.bin';
  await call('PUT', path, { body: Buffer.alloc(5_000_000, 'x') });
  const { statusCode, headers, body } = await call('GET', path);
  expect([statusCode, body]).toEqual([302, '']);
  expect((await fetch(String(headers?.['location']))).headers.get('content-length')).toBe('5000000');
});

it.each([
  [{ iam: { userArn: 'arn:aws:iam::1:user/ann' } }, 'arn:aws:iam::1:user/ann'],
  [{ jwt: { claims: { sub: 'bob' } } }, 'bob'],
  [undefined, 'mlflow'],
])('records who changed the registry: %j', async (authorizer, by) => {
  const name = `model of ${by}`.replaceAll(/[/:]/g, '_');
  const body = (more: object = {}) => JSON.stringify({ name, ...more });
  const options = authorizer === undefined ? {} : { authorizer };
  await call('POST', `${API}/registered-models/create`, { ...options, body: body() });
  await call('POST', `${API}/model-versions/create`, { ...options, body: body({ source: 's3://b/m' }) });
  expect((await listEvents(name)).map((event) => event.by)).toEqual([by]);
});

describe('with a file of permissions', () => {
  const directory = mkdtempSync(join(tmpdir(), 'millrace-permissions-'));
  const use = (file: object | string) => {
    const path = join(directory, `${Math.random()}.json`);
    writeFileSync(path, typeof file === 'string' ? file : JSON.stringify(file));
    process.env['MILLRACE_MLFLOW_PERMISSIONS'] = path;
  };
  afterEach(() => delete process.env['MILLRACE_MLFLOW_PERMISSIONS']);
  afterAll(() => rmSync(directory, { recursive: true }));
  const create = async (name: string, authorizer?: object) =>
    (
      await call('POST', `${API}/experiments/create`, {
        body: JSON.stringify({ name }),
        ...(authorizer === undefined ? {} : { authorizer }),
      })
    ).statusCode;
  const iam = (arn: string) => ({ iam: { userArn: arn } });

  it('holds users, roles and members of groups to it', async () => {
    use({
      default: 'READ',
      groups: { writers: ['role:Pipeline*'] },
      experiments: [{ name: 'guarded *', permission: 'EDIT', to: ['user:ann', 'group:writers'] }],
    });
    expect(await create('guarded 1', iam('arn:aws:iam::1:user/ann'))).toBe(200);
    expect(await create('guarded 2', iam('arn:aws:sts::1:assumed-role/PipelineTask/i-1'))).toBe(200);
    expect(
      await create('guarded 3', { jwt: { claims: { sub: '7', 'cognito:groups': '[x writers]' } } }),
    ).toBe(200);
    expect(await create('guarded 4', iam('arn:aws:sts::1:assumed-role/Other/ann'))).toBe(403);
    expect(await create('guarded 5', { jwt: { claims: { sub: '7' } } })).toBe(403);
    expect(await create('guarded 6')).toBe(403);
    expect(await create('other', iam('arn:aws:iam::1:user/ann'))).toBe(403);
  });

  it('lets nobody in when the file cannot be read', async () => {
    use('{');
    await expect(call('GET', '/health')).rejects.toThrow(/is no JSON/);
    process.env['MILLRACE_MLFLOW_PERMISSIONS'] = join(directory, 'none.json');
    await expect(call('GET', '/health')).rejects.toThrow(/ENOENT/);
  });
});
