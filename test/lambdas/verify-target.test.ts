/** The integration test of a deployment, where its versions run: through the routing that the service was told. */
import '../support/quiet-telemetry';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { handler as syncEndpoints } from '../../lambdas/sync-endpoints/handler';
import { handler as testEndpoint } from '../../lambdas/test-endpoint/handler';
import { s3Client } from '../../lib/aws/clients/s3';
import { writeParameter } from '../../lib/aws/parameters';
import { ObjectStore } from '../../lib/aws/object-store';
import { connectionPlace } from '../../lib/connections/places';
import { deployVersion, rollbackEndpoint, startShift } from '../../lib/serving/change-endpoint';
import { readInvocationsBody, readPredictBody } from '../../lib/serving/read-records';
import { RequestRefused } from '../../lib/serving/request-refused';
import { scoredModel } from '../../lib/serving/scored-model';
import { findTargetRecord } from '../../lib/serving/targets/target-record';
import { servingTarget, type TargetKind } from '../../lib/tasks/serving-target';
import { startLocalAws, type LocalAws } from '../support/local-aws';
import { registerCreditModel } from '../support/registered-model';
import { LISTENER, startEcsStub } from '../support/targets/ecs-stub';
import { startEksStub } from '../support/targets/eks-stub';
import { startKubernetesStub } from '../support/targets/kubernetes-stub';
import { startSageMakerStub } from '../support/targets/sagemaker-stub';
import type { TargetStub } from '../support/targets/stub-server';
import { lambdaContext, taskEvent } from '../support/task-event';

type Place = TargetKind | 'eks';

const stubs = {} as Record<Place, TargetStub>;
let eks: Awaited<ReturnType<typeof startEksStub>>;
let aws: LocalAws;
let containers: Server;
let functions: Server;
let url: string;
/** Version whose container has the file of another one. */
let mixedUp: string | undefined;

const listening = async (made: Server): Promise<string> => {
  await new Promise<void>((resolve) => made.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(made.address() as AddressInfo).port}`;
};

/** What the server in an image answers. */
async function answerOf(action: string, version: string, body: string): Promise<[number, object]> {
  const objects = new ObjectStore(s3Client(), 'millrace-test-data');
  const about = { model: 'credit', version };
  const model = await scoredModel(objects, 'credit', version === mixedUp ? '1' : version);
  if (action === 'ping' || action === 'version') return [200, about];
  try {
    const records = action === 'predict' ? readPredictBody(body) : readInvocationsBody(body);
    return [200, { ...about, predictions: await model.predict(records) }];
  } catch (error) {
    if (!(error instanceof RequestRefused)) throw error;
    return [error.status, { ...about, error: error.message }];
  }
}

beforeAll(async () => {
  aws = await startLocalAws();
  const [sagemaker, ecs, kubernetes] = await Promise.all([
    startSageMakerStub(),
    startEcsStub(),
    startKubernetesStub(),
  ]);
  eks = await startEksStub('analytics');
  Object.assign(stubs, { sagemaker, ecs, kubernetes, eks });
  containers = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => void respond());
    const respond = async (): Promise<void> => {
      const [, name = '', path = ''] = /^\/endpoints\/([^/]+)\/(\w+)$/.exec(request.url ?? '') ?? [];
      const endpoint = name.replace('millrace-test-', '');
      const { headers } = request;
      const attribute = String(headers['x-amzn-sagemaker-custom-attributes'] ?? '');
      const stub = stubs[endpoint as Place];
      const variant = headers['x-amzn-sagemaker-target-variant'];
      const version =
        headers['x-millrace-target'] === 'candidate'
          ? stub.candidate(endpoint)
          : variant === undefined
            ? Object.keys(stub.shares(endpoint))[0]
            : String(variant).slice(1);
      const action = attribute === '' ? path : attribute.replace('millrace-action=', '');
      const [status, body] = await answerOf(
        action,
        version ?? 'none',
        Buffer.concat(chunks).toString('utf8'),
      );
      // SageMaker hands on what a container refuses in an error of its own.
      const refused = attribute !== '' && status >= 400;
      response.writeHead(refused ? 424 : status, { 'content-type': 'application/json' });
      response.end(
        JSON.stringify(
          refused
            ? { __type: 'ModelError', OriginalStatusCode: status, OriginalMessage: JSON.stringify(body) }
            : body,
        ),
      );
    };
  });
  url = await listening(containers);
  // The function behind targets, by the protocol of Lambda.
  functions = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => void respond());
    const respond = async (): Promise<void> => {
      expect(request.url).toContain('/functions/millrace-test-sync-endpoints/invocations');
      const answer = await syncEndpoints(JSON.parse(Buffer.concat(chunks).toString('utf8')) as never);
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify(answer ?? null));
    };
  });
  Object.assign(process.env, sagemaker.environment, ecs.environment, eks.environment, {
    AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME: url,
    AWS_ENDPOINT_URL_LAMBDA: await listening(functions),
  });
  await writeParameter(
    connectionPlace('test', 'cluster'),
    JSON.stringify({ kind: 'kubernetes', endpoint: kubernetes.server.url, token: kubernetes.token }),
    { secret: true, description: '' },
  );
  await registerCreditModel('credit');
  await registerCreditModel('credit', { rows: 500 });
}, 40_000);
afterAll(async () => {
  for (const stub of Object.values(stubs)) stub.stop();
  for (const server of [containers, functions]) {
    server.closeAllConnections();
    server.close();
  }
  await aws.stop();
});

const targetOf = (place: Place) =>
  servingTarget.parse(
    {
      sagemaker: { kind: 'sagemaker', image: 'server:1' },
      ecs: {
        kind: 'ecs',
        image: 'server:1',
        cluster: 'models',
        vpc: 'vpc-1',
        subnets: ['subnet-1'],
        securityGroups: ['sg-1'],
        listener: LISTENER,
        priority: 10,
        url,
      },
      kubernetes: {
        kind: 'kubernetes',
        image: 'server:1',
        connection: 'cluster',
        gateway: { name: 'public' },
        url,
      },
      eks: { kind: 'kubernetes', image: 'server:1', cluster: 'analytics', gateway: { name: 'public' }, url },
    }[place],
  );

it.each(['sagemaker', 'ecs', 'kubernetes', 'eks'] as const)(
  'on %s: a version is deployed, verified, rolled back; a good one gets the traffic',
  async (kind) => {
    const stub = stubs[kind];
    const why = { by: 'test', reason: 'test' };
    const minutes = async (count: number) => {
      for (let i = 0; i < count; i++) await syncEndpoints({ action: 'all' });
    };
    const deploy = (version: string, hold: boolean) =>
      deployVersion({
        ...why,
        endpoint: kind,
        model: 'credit',
        version,
        target: targetOf(kind),
        strategy: { kind: 'canary', percent: 25, seconds: 3600 },
        hold,
      });
    const verify = async (runId: string) => {
      const input = { endpoint: kind, name: 'credit', version: '2', maxP99Ms: 20_000, rows: 3 };
      const answer = await testEndpoint(taskEvent({ task: 'test', runId, input }), lambdaContext());
      return (answer as { out: unknown }).out as { passed: boolean; reason: string };
    };
    await deploy('1', false);
    await minutes(5);
    expect(stub.shares(kind)).toEqual({ '1': 1 });

    await deploy('2', true);
    await minutes(5);
    mixedUp = '2';
    expect(await verify(`${kind}-bad`)).toMatchObject({
      passed: false,
      reason: expect.stringContaining('golden predictions is 3, not 0') as unknown,
    });
    await rollbackEndpoint({ ...why, endpoint: kind });
    await minutes(5);
    expect(stub.versions(kind)).toEqual(['1']);

    mixedUp = undefined;
    await deploy('2', true);
    await minutes(5);
    const good = await verify(`${kind}-good`);
    expect(good).toMatchObject({
      passed: true,
      reason: expect.stringContaining('as it should: 6 checks') as unknown,
    });
    expect(stub.shares(kind)).toEqual({ '1': 1 });
    await startShift({ ...why, endpoint: kind, version: '2' });
    await minutes(3);
    expect(stub.shares(kind)).toEqual({ '1': 0.75, '2': 0.25 });
    await rollbackEndpoint({ ...why, endpoint: kind });
    await minutes(5);
    expect(stub.shares(kind)).toEqual({ '1': 1 });
  },
  60_000,
);

it('on eks: somebody whom the cluster does not know changes nothing there', async () => {
  const secret = process.env['AWS_SECRET_ACCESS_KEY'];
  const known = { endpoint: 'eks', by: 'test', reason: 'test' };
  await deployVersion({
    ...known,
    model: 'credit',
    version: '2',
    target: targetOf('eks'),
    strategy: { kind: 'all-at-once' },
  });
  expect(eks.refused).toEqual([]);
  const writes = eks.server.writes.length;
  // Who has no access entry is to the cluster like one who signs with another key.
  Object.assign(process.env, { AWS_SECRET_ACCESS_KEY: 'of somebody else' });
  await expect(syncEndpoints({ action: 'all' })).rejects.toThrow('cannot be brought about');
  Object.assign(process.env, { AWS_SECRET_ACCESS_KEY: secret });
  // What `millrace deployments eks` shows.
  expect(await findTargetRecord('eks')).toMatchObject({
    state: 'working',
    message: expect.stringContaining('needs an access entry') as unknown,
  });
  expect(eks.refused.length).toBeGreaterThan(0);
  expect(eks.server.writes.slice(writes)).toEqual([]);
});
