/** One suite for all targets, each against a service that speaks the protocol of the real one. */
import '../../support/quiet-telemetry';
import { writeParameter } from '../../../lib/aws/parameters';
import { connectionPlace } from '../../../lib/connections/places';
import {
  deployVersion,
  rollbackEndpoint,
  setShadow,
  startShift,
  type DeployRequest,
} from '../../../lib/serving/change-endpoint';
import { getEndpoint, listChanges, type EndpointChange } from '../../../lib/serving/endpoint';
import { syncTarget } from '../../../lib/serving/targets/sync-target';
import { findTargetRecord, type TargetRecord } from '../../../lib/serving/targets/target-record';
import { servingTarget, type ServingTarget, type TargetKind } from '../../../lib/tasks/serving-target';
import { setVersionTag } from '../../../lib/tracking/version-changes';
import { startLocalAws, type LocalAws } from '../../support/local-aws';
import { registerCreditModel } from '../../support/registered-model';
import { LISTENER, startEcsStub } from '../../support/targets/ecs-stub';
import { startKubernetesStub } from '../../support/targets/kubernetes-stub';
import { startSageMakerStub } from '../../support/targets/sagemaker-stub';
import type { TargetStub } from '../../support/targets/stub-server';

const T0 = Date.parse('2026-03-01T10:00:00.000Z');
const MINUTE = 60_000;
const STARTS: Readonly<Record<TargetKind, () => Promise<TargetStub>>> = {
  sagemaker: startSageMakerStub,
  ecs: startEcsStub,
  kubernetes: async () => {
    const stub = await startKubernetesStub();
    const place = connectionPlace('test', 'cluster');
    await writeParameter(
      place,
      JSON.stringify({ kind: 'kubernetes', endpoint: stub.server.url, token: stub.token }),
      { secret: true, description: '' },
    );
    return stub;
  },
};
const TARGETS: Readonly<Record<TargetKind, object>> = {
  sagemaker: { kind: 'sagemaker' },
  ecs: {
    kind: 'ecs',
    cluster: 'models',
    vpc: 'vpc-1',
    subnets: ['subnet-1'],
    securityGroups: ['sg-1'],
    listener: LISTENER,
    priority: 10,
    url: 'https://models.example.com',
  },
  kubernetes: {
    kind: 'kubernetes',
    connection: 'cluster',
    namespace: 'ml',
    gateway: { name: 'public' },
    url: 'https://models.example.com',
  },
};

let aws: LocalAws;
let now = T0;
beforeAll(async () => {
  aws = await startLocalAws();
  process.env['MILLRACE_TARGET_ROLE'] = 'arn:aws:iam::000000000000:role/millrace-test-endpoints';
  for (const rows of [700, 600, 500]) {
    const { version } = await registerCreditModel('credit', { rows });
    await setVersionTag('credit', version, 'serving_image', `registry.example.com/credit:v${version}`);
  }
  await registerCreditModel('credit', { rows: 400 });
}, 30_000);
afterAll(async () => aws.stop());

describe.each(Object.keys(STARTS) as TargetKind[])('an endpoint on %s', (kind) => {
  const target: ServingTarget = servingTarget.parse(TARGETS[kind]);
  const told: EndpointChange[] = [];
  let stub: TargetStub;
  let endpoint: string;
  let count = 0;

  beforeAll(async () => {
    stub = await STARTS[kind]();
    Object.assign(process.env, stub.environment);
  });
  afterAll(() => stub.stop());
  beforeEach(() => {
    now += 86_400_000;
    endpoint = `${kind}-${++count}`;
    if (kind === 'ecs') Object.assign(target, { priority: 10 * count });
    told.length = 0;
    stub.broken.clear();
  });

  const sync = () =>
    syncTarget(endpoint, { stage: 'test', now: () => now, told: async (change) => void told.push(change) });
  /** As the schedule does, minute by minute. */
  async function settle(): Promise<TargetRecord> {
    for (let minute = 0; minute < 15; minute++) {
      const record = await sync();
      if (record !== undefined && record.state !== 'working') return record;
      now += MINUTE;
    }
    throw new Error(`It does not settle: ${JSON.stringify(await findTargetRecord(endpoint))}`);
  }
  const deploy = (version: string, more: Partial<DeployRequest> = {}) =>
    deployVersion({
      endpoint,
      model: 'credit',
      version,
      target,
      strategy: { kind: 'all-at-once' },
      by: 'test',
      reason: 'test',
      now,
      ...more,
    });
  const rollBack = () => rollbackEndpoint({ endpoint, by: 'test', reason: 'complaints', now });
  /** Version 1 with all traffic. */
  async function first(): Promise<void> {
    await deploy('1');
    expect(await settle()).toMatchObject({ state: 'ready' });
    expect(stub.shares(endpoint)).toEqual({ '1': 1 });
  }

  it('gets its first version, which has the traffic when it runs and not before', async () => {
    await deploy('1');
    expect(await sync()).toMatchObject({ state: 'working', versions: ['1'] });
    expect(stub.shares(endpoint)).toEqual({});
    expect((await getEndpoint(endpoint, now)).stable).toBeNull();
    expect(await settle()).toMatchObject({ state: 'ready', versions: ['1'] });
    expect(stub.shares(endpoint)).toEqual({ '1': 1 });
    expect((await getEndpoint(endpoint, now)).stable).toBe('1');
    expect(told).toMatchObject([{ action: 'shift', to: '1', by: 'millrace' }]);
  });

  it('holds a version for its tests, shifts in steps, and keeps the one before for an hour', async () => {
    await first();
    await deploy('2', { hold: true, strategy: { kind: 'linear', percent: 25, everySeconds: 600 } });
    expect(await settle()).toMatchObject({ state: 'ready', versions: ['1', '2'] });
    expect(stub.shares(endpoint)).toEqual({ '1': 1 });
    expect(stub.candidate(endpoint)).toBe('2');
    await startShift({ endpoint, version: '2', by: 'test', reason: 'tested', now });
    const seen: unknown[] = [];
    const begun = now;
    for (let step = 0; step < 4; step++) {
      now = begun + step * 600_000;
      await settle();
      seen.push(stub.shares(endpoint)['2']);
    }
    expect(seen).toEqual([0.25, 0.5, 0.75, 1]);
    expect(await getEndpoint(endpoint, now)).toMatchObject({ stable: '2', previous: ['1'] });
    expect(stub.versions(endpoint)).toEqual(['1', '2']);
    now += 61 * MINUTE;
    await settle();
    expect(stub.versions(endpoint)).toEqual(['2']);
    expect(stub.shares(endpoint)).toEqual({ '2': 1 });
  });

  it('gives the traffic back in one step, and takes the bad version away', async () => {
    await first();
    await deploy('2', { strategy: { kind: 'canary', percent: 10, seconds: 3600 } });
    await settle();
    expect(stub.shares(endpoint)).toEqual({ '1': 0.9, '2': 0.1 });
    await rollBack();
    await sync();
    // SageMaker needs a moment to move weights; the others have moved them with the call.
    if (kind === 'sagemaker') for (let i = 0; i < 2; i++) await sync();
    expect(stub.shares(endpoint)).toEqual({ '1': 1 });
    await settle();
    expect(stub.versions(endpoint)).toEqual(['1']);
    expect(stub.candidate(endpoint)).toBeUndefined();
  });

  it('goes back to the version before after the shift has ended, which still runs', async () => {
    await first();
    await deploy('2');
    await settle();
    now += MINUTE;
    await settle();
    expect(stub.shares(endpoint)).toEqual({ '2': 1 });
    await rollBack();
    for (let i = 0; i < (kind === 'sagemaker' ? 3 : 1); i++) await sync();
    expect(stub.shares(endpoint)).toEqual({ '1': 1 });
    await settle();
    expect(stub.versions(endpoint)).toEqual(['1']);
  });

  it('brings a version back that was taken away, which has the traffic only when it runs', async () => {
    await first();
    await deploy('2');
    await settle();
    now += 90 * MINUTE;
    await settle();
    expect(stub.versions(endpoint)).toEqual(['2']);
    await rollBack();
    await sync();
    expect(stub.shares(endpoint)).toEqual({ '2': 1 });
    await settle();
    expect(stub.shares(endpoint)).toEqual({ '1': 1 });
  });

  it('rolls a version back that does not come up; the traffic never leaves the one before', async () => {
    await first();
    stub.broken.add('registry.example.com/credit:v2');
    await deploy('2');
    const record = await settle();
    expect(record.state).toBe('ready');
    expect(told.at(-1)).toMatchObject({
      action: 'rollback',
      from: '2',
      to: '1',
      by: 'millrace',
      reason: expect.stringMatching(/health check|circuit breaker|timed out/) as unknown,
    });
    expect(stub.shares(endpoint)).toEqual({ '1': 1 });
    expect(stub.versions(endpoint)).toEqual(['1']);
    const broken = stub.server.writes.length;
    now += MINUTE;
    await sync();
    expect(stub.server.writes.slice(broken)).toEqual([]);
  });

  it('tells of a held version that does not come up, and leaves it to who holds it', async () => {
    await first();
    stub.broken.add('registry.example.com/credit:v2');
    await deploy('2', { hold: true });
    expect(await settle()).toMatchObject({
      state: 'failed',
      message: expect.stringMatching(/\w/) as unknown,
    });
    expect((await getEndpoint(endpoint, now)).candidate?.version).toBe('2');
    expect(stub.shares(endpoint)).toEqual({ '1': 1 });
    await rollBack();
    await settle();
    expect(stub.versions(endpoint)).toEqual(['1']);
  });

  it('changes nothing when it is asked again, by two at once as well', async () => {
    await first();
    await deploy('2', { hold: true });
    await Promise.all([sync(), sync(), sync()]);
    await settle();
    const writes = stub.server.writes.length;
    await Promise.all([sync(), sync()]);
    expect(stub.server.writes.slice(writes)).toEqual([]);
    expect(stub.versions(endpoint)).toEqual(['1', '2']);
    expect((await listChanges(endpoint)).map(({ action }) => action)).toEqual(['deploy', 'shift', 'deploy']);
  });

  it('is patient with a service that is throttled', async () => {
    await deploy('1');
    stub.server.throttled = 2;
    await sync();
    expect(stub.server.throttled).toBe(0);
    await settle();
    expect(stub.shares(endpoint)).toEqual({ '1': 1 });
  });

  it.each(
    {
      sagemaker: ['CreateModel', 'CreateEndpointConfig', 'CreateEndpoint'],
      ecs: ['CreateTargetGroup', 'CreateRule', 'RegisterTaskDefinition', 'CreateService'],
      kubernetes: ['Apply'],
    }[kind],
  )('goes on where it was when %s is refused, and says so meanwhile', async (call) => {
    await deploy('1');
    stub.server.failing.set(call, 1);
    await expect(sync()).rejects.toThrow(/may not do that|Refused|AccessDenied/);
    expect(await findTargetRecord(endpoint)).toMatchObject({
      state: 'working',
      message: expect.stringMatching(/may not|Refused|AccessDenied/) as unknown,
      versions: ['1'],
    });
    await settle();
    expect(stub.shares(endpoint)).toEqual({ '1': 1 });
  });

  it('takes away what was begun when the deployment is given up half way', async () => {
    await first();
    await deploy('2');
    await sync();
    await rollBack();
    await settle();
    expect(stub.versions(endpoint)).toEqual(['1']);
    expect(stub.shares(endpoint)).toEqual({ '1': 1 });
  });

  it('refuses another kind of target, a version without an image, and a shadow', async () => {
    await first();
    const other = servingTarget.parse(TARGETS[kind === 'ecs' ? 'sagemaker' : 'ecs']);
    await expect(deploy('2', { target: other })).rejects.toThrow(`run on ${kind}, not on`);
    await expect(deploy('4')).rejects.toThrow('has no image');
    await expect(setShadow({ endpoint, version: '2', by: 'x', reason: 'x' })).rejects.toThrow('shadow');
    expect((await listChanges(endpoint)).map(({ action }) => action)).toEqual(['shift', 'deploy']);
  });
});

it('is answered by the local function where the service is missing', async () => {
  const before = process.env['AWS_ENDPOINT_URL_SAGEMAKER'];
  delete process.env['AWS_ENDPOINT_URL_SAGEMAKER'];
  const target = servingTarget.parse(TARGETS.sagemaker);
  const request = { endpoint: 'here', model: 'credit', version: '1', by: 'test', reason: 'test' };
  await deployVersion({ ...request, target, strategy: { kind: 'all-at-once' } });
  const record = await syncTarget('here', { stage: 'test', now: Date.now, told: async () => undefined });
  expect(record).toMatchObject({
    state: 'ready',
    standsIn: true,
    message: expect.stringMatching(/^Not done here: this machine has no sagemaker/) as unknown,
  });
  expect((await getEndpoint('here')).stable).toBe('1');
  if (before !== undefined) process.env['AWS_ENDPOINT_URL_SAGEMAKER'] = before;
});
