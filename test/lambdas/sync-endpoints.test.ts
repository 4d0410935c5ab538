/** The function behind targets: what is under way goes on every minute, and versions are asked where they run. */
import '../support/quiet-telemetry';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { handler } from '../../lambdas/sync-endpoints/handler';
import { handler as targetReady } from '../../lambdas/target-ready/handler';
import { deployVersion, startShift } from '../../lib/serving/change-endpoint';
import { getEndpoint } from '../../lib/serving/endpoint';
import type { EndpointRequest } from '../../lib/serving/endpoint-request';
import { listTargeted } from '../../lib/serving/targets/list-targeted';
import { servingTarget } from '../../lib/tasks/serving-target';
import { startLocalAws, type LocalAws } from '../support/local-aws';
import { registerCreditModel } from '../support/registered-model';
import { lambdaContext, taskEvent } from '../support/task-event';
import { LISTENER, startEcsStub } from '../support/targets/ecs-stub';
import { startSageMakerStub } from '../support/targets/sagemaker-stub';
import type { TargetStub } from '../support/targets/stub-server';

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

let aws: LocalAws;
let sagemaker: TargetStub;
let ecs: TargetStub;
let model: Server;
let url: string;
const asked: Asked[] = [];
let answer: { status: number; body: string };

beforeAll(async () => {
  aws = await startLocalAws();
  [sagemaker, ecs] = await Promise.all([startSageMakerStub(), startEcsStub()]);
  model = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url: path = '', headers } = request;
      asked.push({ method, path, headers, body: Buffer.concat(chunks).toString('utf8') });
      response.writeHead(answer.status, { 'content-type': 'application/json' });
      response.end(answer.body);
    });
  });
  await new Promise<void>((resolve) => model.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(model.address() as AddressInfo).port}`;
  Object.assign(process.env, sagemaker.environment, ecs.environment, {
    AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME: url,
  });
  await registerCreditModel('credit');
  await registerCreditModel('credit', { rows: 600 });
}, 30_000);
afterAll(async () => {
  for (const stub of [sagemaker, ecs]) stub.stop();
  model.closeAllConnections();
  model.close();
  await aws.stop();
});

const deploy = (endpoint: string, version: string, target: object, hold = false) =>
  deployVersion({
    endpoint,
    model: 'credit',
    version,
    target: servingTarget.parse({ image: 'server:1', ...target }),
    strategy: { kind: 'canary', percent: 10, seconds: 3600 },
    hold,
    by: 'test',
    reason: 'test',
  });
const onEcs = (priority: number) => ({
  kind: 'ecs',
  cluster: 'models',
  vpc: 'vpc-1',
  subnets: ['subnet-1'],
  securityGroups: ['sg-1'],
  listener: LISTENER,
  priority,
  url,
});
const minutes = async (count: number) => {
  for (let i = 0; i < count; i++) await handler({ action: 'all' });
};
const ask = async (request: Partial<EndpointRequest>) =>
  handler({ action: 'ask', request: { endpoint: 'managed', action: 'predict', id: 'r1', ...request } });

it('brings all endpoints about minute by minute, and leaves alone what has come to rest', async () => {
  await deploy('managed', '1', { kind: 'sagemaker' });
  await deploy('contained', '1', onEcs(10));
  await minutes(5);
  expect(sagemaker.shares('managed')).toEqual({ '1': 1 });
  expect(ecs.shares('contained')).toEqual({ '1': 1 });
  expect(await listTargeted(Date.now())).toEqual(['contained', 'managed']);
  expect(await listTargeted(Date.now() + 2 * 3_600_000)).toEqual(['contained', 'managed']);
  await deploy('managed', '2', { kind: 'sagemaker' }, true);
  await minutes(5);
  expect(await listTargeted(Date.now())).toEqual(['contained']);
});

it('follows the event of a change at once', async () => {
  await startShift({ endpoint: 'managed', version: '2', by: 'test', reason: 'tested' });
  const event = { 'detail-type': 'Endpoint Changed', detail: { endpoint: 'managed' } } as never;
  for (let i = 0; i < 3; i++) await handler(event);
  expect(sagemaker.shares('managed')).toEqual({ '1': 0.9, '2': 0.1 });
});

it('asks the variant of a version, and hands on what it refuses', async () => {
  answer = { status: 200, body: '{"predictions": [{"prediction": 1}], "version": "2"}' };
  const given = await ask({ body: { records: [{ a: 1 }] }, target: 'candidate' });
  expect(given).toMatchObject({ status: 200, body: { version: '2' } });
  expect(asked.at(-1)).toMatchObject({
    path: '/endpoints/millrace-test-managed/invocations',
    headers: {
      'x-amzn-sagemaker-target-variant': 'v2',
      'x-amzn-sagemaker-custom-attributes': 'millrace-action=predict',
    },
    body: '{"records":[{"a":1}]}',
  });
  await ask({ action: 'ping' });
  expect(asked.at(-1)?.headers).not.toHaveProperty('x-amzn-sagemaker-target-variant');
  answer = {
    status: 424,
    body: JSON.stringify({
      __type: 'ModelError',
      OriginalStatusCode: 400,
      OriginalMessage: '{"error": "The field is missing."}',
    }),
  };
  expect(await ask({ body: {} })).toMatchObject({ status: 400, body: { error: 'The field is missing.' } });
});

it('asks a load balancer by address and header, whatever it answers', async () => {
  answer = { status: 200, body: '{"status": "ok"}' };
  await ask({ endpoint: 'contained', action: 'ping', target: 'stable' });
  expect(asked.at(-1)).toMatchObject({
    method: 'GET',
    path: '/endpoints/contained/ping',
    headers: { 'x-millrace-target': 'stable', 'x-request-id': 'r1' },
  });
  answer = { status: 503, body: '<html>Service Unavailable</html>' };
  const refused = await ask({ endpoint: 'contained', body: { records: [] } });
  expect(refused).toMatchObject({ status: 503, body: { error: '<html>Service Unavailable</html>' } });
});

it('is held up by no endpoint that cannot be brought about', async () => {
  await deploy('taken', '1', onEcs(11));
  await deploy('well', '1', onEcs(20));
  for (let i = 0; i < 5; i++)
    await expect(handler({ action: 'all' })).rejects.toThrow('1 endpoints cannot be brought about');
  expect(ecs.shares('well')).toEqual({ '1': 1 });
  expect(ecs.shares('contained')).toEqual({ '1': 1 });
  expect((await getEndpoint('taken')).stable).toBeNull();
});

it('lets pipelines wait for it, and tells them of a version that does not come up', async () => {
  const wait = (runId: string) =>
    targetReady(
      {
        ...taskEvent({ task: 'up', runId, input: { endpoint: 'awaited' } }),
        poke: { last: false, softFail: false },
      },
      lambdaContext(),
    );
  const event = { 'detail-type': 'Endpoint Changed', detail: { endpoint: 'awaited' } } as never;
  await deploy('awaited', '1', onEcs(30), true);
  await expect(wait('a')).rejects.toMatchObject({
    name: 'Millrace.NotReady',
    message: expect.stringContaining('-c serving-targets=ecs') as unknown,
  });
  await handler(event);
  await expect(wait('a')).rejects.toMatchObject({
    name: 'Millrace.NotReady',
    message: 'Version 1: Its service is being made.',
  });
  ecs.broken.add('server:1');
  for (let i = 0; i < 4; i++) await handler(event);
  expect(await wait('a')).toMatchObject({
    status: 'success',
    out: { ready: false, message: expect.stringContaining('circuit breaker') as unknown },
  });
  ecs.broken.clear();
});
