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
  options: { query?: string; body?: string | Buffer; stage?: string; authorizer?: object } = {},
) => {
  const { body } = options;
  const event = {
    version: '2.0',
    rawPath,
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
