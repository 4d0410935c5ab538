/** The API as a whole: which endpoints there are, and what holds for all of them. */
import { mlflowGuest } from '../../lib/mlflow/guest';
import { ENDPOINTS, RAW_ENDPOINTS } from '../../lib/mlflow/router';
import { startLocalAws, type LocalAws } from '../support/local-aws';
import { get, refusal, request } from '../support/mlflow-api';

let aws: LocalAws;
beforeAll(async () => {
  aws = await startLocalAws([mlflowGuest]);
});
afterAll(async () => aws.stop());

it('has these endpoints', () => {
  const all = [...ENDPOINTS, ...RAW_ENDPOINTS].flatMap(({ method, path }) =>
    [method].flat().map((one) => `${one} ${path}`),
  );
  expect(new Set(all).size).toBe(all.length);
  expect(all.sort()).toEqual([
    'DELETE /api/2.0/mlflow-artifacts/artifacts/{path...}',
    'DELETE logged-models/{model_id}',
    'DELETE logged-models/{model_id}/tags/{tag_key}',
    'DELETE model-versions/delete',
    'DELETE model-versions/delete-tag',
    'DELETE registered-models/alias',
    'DELETE registered-models/delete',
    'DELETE registered-models/delete-tag',
    'DELETE webhooks/{webhook_id}',
    'GET /api/2.0/mlflow-artifacts/artifacts',
    'GET /api/2.0/mlflow-artifacts/artifacts/{path...}',
    'GET /api/2.0/mlflow-artifacts/presigned/{path...}',
    'GET /api/2.0/mlflow/gateway-proxy',
    'GET /api/2.0/mlflow/logged-models/{model_id}/artifacts/files',
    'GET /api/2.0/mlflow/users/current',
    'GET /api/3.0/mlflow/assistant/config',
    'GET /api/3.0/mlflow/assistant/providers',
    'GET /api/3.0/mlflow/gateway/endpoints/list',
    'GET /api/3.0/mlflow/gateway/secrets/list',
    'GET /api/3.0/mlflow/scorers/list',
    'GET /api/3.0/mlflow/server-info',
    'GET /api/3.0/mlflow/ui-telemetry',
    'GET /get-artifact',
    'GET /health',
    'GET /model-versions/get-artifact',
    'GET /version',
    'GET artifacts/list',
    'GET experiments/get',
    'GET experiments/get-by-name',
    'GET experiments/search',
    'GET logged-models/{model_id}',
    'GET logged-models/{model_id}/artifacts/directories',
    'GET metrics/get-history',
    'GET metrics/get-history-bulk',
    'GET metrics/get-history-bulk-interval',
    'GET model-versions/get',
    'GET model-versions/get-download-uri',
    'GET model-versions/search',
    'GET registered-models/alias',
    'GET registered-models/get',
    'GET registered-models/get-latest-versions',
    'GET registered-models/search',
    'GET runs/get',
    'GET webhooks',
    'GET webhooks/{webhook_id}',
    'PATCH logged-models/{model_id}',
    'PATCH logged-models/{model_id}/tags',
    'PATCH model-versions/update',
    'PATCH registered-models/update',
    'PATCH webhooks/{webhook_id}',
    'POST /api/2.0/mlflow-artifacts/mpu/abort/{path...}',
    'POST /api/2.0/mlflow-artifacts/mpu/complete/{path...}',
    'POST /api/2.0/mlflow-artifacts/mpu/create/{path...}',
    'POST /api/2.0/mlflow/upload-artifact',
    'POST /api/3.0/mlflow/datasets/search',
    'POST /api/3.0/mlflow/issues/search',
    'POST /api/3.0/mlflow/traces/metrics',
    'POST /api/3.0/mlflow/traces/search',
    'POST /api/3.0/mlflow/ui-telemetry',
    'POST artifacts/presigned-upload-url',
    'POST experiments/create',
    'POST experiments/delete',
    'POST experiments/delete-experiment-tag',
    'POST experiments/restore',
    'POST experiments/search',
    'POST experiments/search-datasets',
    'POST experiments/set-experiment-tag',
    'POST experiments/update',
    'POST logged-models',
    'POST logged-models/search',
    'POST logged-models/{model_id}/params',
    'POST model-versions/create',
    'POST model-versions/set-tag',
    'POST model-versions/transition-stage',
    'POST registered-models/alias',
    'POST registered-models/create',
    'POST registered-models/get-latest-versions',
    'POST registered-models/rename',
    'POST registered-models/set-tag',
    'POST runs/create',
    'POST runs/delete',
    'POST runs/delete-tag',
    'POST runs/log-batch',
    'POST runs/log-inputs',
    'POST runs/log-metric',
    'POST runs/log-model',
    'POST runs/log-parameter',
    'POST runs/outputs',
    'POST runs/restore',
    'POST runs/search',
    'POST runs/set-tag',
    'POST runs/update',
    'POST task-runs/start',
    'POST webhooks',
    'POST webhooks/{webhook_id}/test',
    'PUT /api/2.0/mlflow-artifacts/artifacts/{path...}',
  ]);
});

describe('every endpoint with JSON', () => {
  const cases = ENDPOINTS.flatMap((endpoint) => {
    const required = Object.entries(endpoint.fields).filter(
      ([name, field]) => field.required && !endpoint.path.includes(`{${name}}`),
    );
    return [endpoint.method]
      .flat()
      .map((method) => [method, endpoint.path, required.map(([name]) => name)] as const);
  });

  it.each(cases.filter(([, , required]) => required.length > 0))(
    '%s %s asks for what it needs',
    async (method, path, [first]) => {
      const answer = await request(method, path.replace(/\{\w+\}/g, 'x'), method === 'GET' ? undefined : {});
      expect(answer).toMatchObject({
        status: 400,
        ...refusal(
          'INVALID_PARAMETER_VALUE',
          `Missing value for required parameter '${first}'. See the API docs for more information about request parameters.`,
        ),
      });
    },
  );
});

describe('a body', () => {
  const name = (text: string, type?: string) =>
    request('POST', 'experiments/get-by-name', text, type === undefined ? {} : { 'content-type': type });
  const create = (text: string, type?: string) =>
    request('POST', 'experiments/create', text, type === undefined ? {} : { 'content-type': type });

  it('may be JSON in JSON, as old clients send it', async () => {
    expect((await create(JSON.stringify(JSON.stringify({ name: 'double' })))).status).toBe(200);
  });

  it('is refused when it is no JSON object or says to be something else', async () => {
    for (const text of ['{', '[1]', '5']) expect((await create(text)).json.error_code).toBe('BAD_REQUEST');
    expect(await create('{"name":"x"}', 'text/plain')).toMatchObject(
      refusal('INVALID_PARAMETER_VALUE', /Content-Type must be one of \['application\/json'\]/),
    );
    expect((await create('{"name":"typed"}', 'application/json; charset=utf-8')).status).toBe(200);
    expect((await create('')).json.message).toMatch(/^Missing value/);
  });

  it('with a method that the path does not have finds nothing', async () => {
    expect((await name('{}')).json.error_code).toBe('ENDPOINT_NOT_FOUND');
  });
});

describe('on the port of the local cloud', () => {
  const http = async (
    method: string,
    path: string,
    options: { body?: string; headers?: Record<string, string> } = {},
  ) => {
    const answer = await fetch(`${aws.url}${path}`, { method, ...options });
    return { status: answer.status, text: await answer.text(), headers: answer.headers };
  };

  it('says how it is and what it is', async () => {
    expect(await http('GET', '/health')).toMatchObject({ status: 200, text: 'OK' });
    expect((await http('GET', '/version')).text).toMatch(/^3\.\d+\.\d+$/);
    for (const prefix of ['api', 'ajax-api'])
      expect(JSON.parse((await http('GET', `/${prefix}/3.0/mlflow/server-info`)).text)).toEqual({
        store_type: 'Millrace',
        workspaces_enabled: false,
      });
  });

  it('answers under both prefixes, with escaped paths and queries', async () => {
    const body = JSON.stringify({ name: 'a b/ü?' });
    const headers = { 'content-type': 'application/json' };
    expect((await http('POST', '/ajax-api/2.0/mlflow/experiments/create', { body, headers })).status).toBe(
      200,
    );
    const found = await http(
      'GET',
      `/api/2.0/mlflow/experiments/get-by-name?experiment_name=${encodeURIComponent('a b/ü?')}`,
    );
    expect(JSON.parse(found.text).experiment.name).toBe('a b/ü?');
  });

  it.each([
    '/api/2.0/mlflow/nothing',
    '/api/3.0/mlflow/traces/start',
    '/ajax-api/2.0/mlflow/users/create',
    '/v1/traces',
  ])('has no %s and says so', async (path) => {
    const { status, text } = await http('POST', path);
    expect([status, JSON.parse(text).error_code]).toEqual([404, 'ENDPOINT_NOT_FOUND']);
  });

  it('streams artifacts up and down', async () => {
    const data = 'x'.repeat(3_000_000);
    const path = '/api/2.0/mlflow-artifacts/artifacts/0/r/%C3%BC.bin';
    expect((await http('PUT', path, { body: data })).status).toBe(200);
    expect((await http('GET', path)).text).toBe(data);
    expect((await http('GET', '/api/2.0/mlflow-artifacts/artifacts/%zz')).status).toBe(400);
  });

  it('takes nothing from pages of other sites', async () => {
    const headers = { origin: 'http://evil.example', 'content-type': 'application/json' };
    const body = JSON.stringify({ name: 'evil' });
    const { status, text } = await http('POST', '/api/2.0/mlflow/experiments/create', { body, headers });
    expect([status, JSON.parse(text).error_code]).toEqual([403, 'PERMISSION_DENIED']);
    expect((await get('experiments/get-by-name?experiment_name=evil')).status).toBe(404);
    expect(
      (
        await http('POST', '/api/2.0/mlflow/experiments/create', {
          body,
          headers: { ...headers, origin: aws.url },
        })
      ).status,
    ).toBe(200);
  });
});
