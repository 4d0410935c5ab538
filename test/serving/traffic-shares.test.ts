/** Shares of traffic over 10,000 requests a step, and every request answered while traffic goes over, comes back, or a part fails. */
import '../support/quiet-telemetry';
import { s3Client } from '../../lib/aws/clients/s3';
import { ObjectStore } from '../../lib/aws/object-store';
import { orchestrationTable } from '../../lib/aws/tables';
import { answerRequest } from '../../lib/serving/answer-request';
import { deployVersion, DeploymentRefused, rollbackEndpoint } from '../../lib/serving/change-endpoint';
import { getEndpoint, listChanges } from '../../lib/serving/endpoint';
import type { Strategy } from '../../lib/serving/traffic';
import { binomialInterval } from '../support/binomial';
import { startLocalAws, type LocalAws } from '../support/local-aws';
import { creditRows, registerCreditModel } from '../support/registered-model';

const T0 = Date.parse('2026-03-01T10:00:00.000Z');
const REQUESTS = 10_000;
const by = { by: 'test', reason: 'test' };

let aws: LocalAws;
let objects: ObjectStore;
let now = T0;
const place = () => ({ objects, now: () => now });

beforeAll(async () => {
  aws = await startLocalAws();
  objects = new ObjectStore(s3Client(), 'millrace-test-data');
  await registerCreditModel('credit');
  await registerCreditModel('credit', { rows: 600 });
  await registerCreditModel('credit', { rows: 500 });
}, 30_000);
afterAll(async () => aws.stop());
afterEach(() => jest.restoreAllMocks());

const ping = async (endpoint: string, id: string) =>
  answerRequest({ method: 'GET', path: `/endpoints/${endpoint}/ping`, headers: {}, body: '', id }, place());

const deploy = (endpoint: string, version: string, strategy: Strategy, key?: string) =>
  deployVersion({ ...by, endpoint, model: 'credit', version, strategy, now, idempotencyKey: key });

/** How many of 10,000 requests the version answers; all must be answered. */
async function answeredBy(endpoint: string, version: string, step: string): Promise<number> {
  let count = 0;
  for (let i = 0; i < REQUESTS; i++) {
    const { status, headers } = await ping(endpoint, `${step}-${i}`);
    if (status !== 200) throw new Error(`${step}-${i} was answered with ${status}.`);
    if (headers['x-millrace-model-version'] === version) count++;
  }
  return count;
}

describe('binomialInterval', () => {
  it('is what scipy.stats.binom.interval(0.999, n, p) gives', () => {
    expect(binomialInterval(10_000, 0.1, 0.999)).toEqual({ low: 903, high: 1100 });
    expect(binomialInterval(10, 0.5, 0.999)).toEqual({ low: 0, high: 10 });
  });
});

describe('shares of traffic', () => {
  it.each<[string, Strategy, readonly (readonly [seconds: number, share: number])[]]>([
    [
      'a canary',
      { kind: 'canary', percent: 10, seconds: 300 },
      [
        [1, 0.1],
        [299, 0.1],
        [301, 1],
      ],
    ],
    [
      'a linear shift',
      { kind: 'linear', percent: 25, everySeconds: 60 },
      [
        [1, 0.25],
        [61, 0.5],
        [121, 0.75],
        [181, 1],
      ],
    ],
  ])(
    'of %s lie within their binomial interval at every step',
    async (name, strategy, steps) => {
      const endpoint = `shares-${strategy.kind}`;
      await deploy(endpoint, '1', { kind: 'all-at-once' });
      now += 2_000;
      await deploy(endpoint, '2', strategy);
      const began = now;
      for (const [seconds, share] of steps) {
        now = began + seconds * 1000;
        const count = await answeredBy(endpoint, '2', `${name} ${seconds}`);
        if (share === 1) expect([seconds, count]).toEqual([seconds, REQUESTS]);
        else {
          const { low, high } = binomialInterval(REQUESTS, share, 0.999);
          expect({ seconds, count, within: count >= low && count <= high }).toMatchObject({ within: true });
        }
      }
    },
    60_000,
  );

  it('let nobody change sides who repeats a request', async () => {
    now += 2_000;
    await deploy('repeated', '1', { kind: 'all-at-once' });
    now += 2_000;
    await deploy('repeated', '2', { kind: 'canary', percent: 50, seconds: 3600 });
    now += 2_000;
    const once = await Promise.all(Array.from({ length: 200 }, (_, i) => ping('repeated', `again-${i}`)));
    now += 60_000;
    const twice = await Promise.all(Array.from({ length: 200 }, (_, i) => ping('repeated', `again-${i}`)));
    const versions = (answers: typeof once) =>
      answers.map(({ headers }) => headers['x-millrace-model-version']);
    expect(versions(twice)).toEqual(versions(once));
    expect(new Set(versions(once))).toEqual(new Set(['1', '2']));
  });
});

describe('while something happens', () => {
  const [row] = creditRows();
  const predict = async (endpoint: string, id: string) =>
    answerRequest(
      {
        method: 'POST',
        path: `/endpoints/${endpoint}/predict`,
        headers: {},
        body: JSON.stringify({ records: [row?.fields] }),
        id,
      },
      place(),
    );

  it('no request is lost: deployments, shifts and roll backs between any two of them', async () => {
    now += 2_000;
    await deploy('busy', '1', { kind: 'all-at-once' });
    const statuses: number[] = [];
    for (let round = 0; round < 20; round++) {
      now += 1_000;
      const change =
        round % 4 === 0
          ? deploy('busy', round % 8 === 0 ? '2' : '3', { kind: 'canary', percent: 50, seconds: 2 })
          : round % 4 === 3
            ? rollbackEndpoint({ ...by, endpoint: 'busy', now })
            : Promise.resolve();
      const answers = await Promise.all([
        ...Array.from({ length: 20 }, (_, i) => predict('busy', `busy-${round}-${i}`)),
        change,
      ]);
      statuses.push(...answers.slice(0, -1).map((answer) => (answer as { status: number }).status));
    }
    expect(statuses).toHaveLength(400);
    expect(statuses.filter((status) => status !== 200)).toEqual([]);
    expect((await listChanges('busy')).filter(({ action }) => action === 'rollback').length).toBe(5);
  }, 60_000);

  it('S3 throttles: predictions are answered, and what was not logged is told', async () => {
    now += 2_000;
    await deploy('throttled', '1', { kind: 'all-at-once' });
    now += 2_000;
    expect((await predict('throttled', 'before')).status).toBe(200);
    jest
      .spyOn(objects, 'putBytes')
      .mockRejectedValue(Object.assign(new Error('Please reduce your request rate.'), { name: 'SlowDown' }));
    const { status, warnings = [] } = await predict('throttled', 'during');
    expect(status).toBe(200);
    expect(warnings.map(({ message }) => message)).toEqual(['The predictions could not be logged.']);
    jest.restoreAllMocks();
    expect((await predict('throttled', 'after')).warnings).toEqual([]);
  });

  it('the file of a version cannot be read: 500, and an answer when it can be again', async () => {
    now += 2_000;
    // One that nobody has in memory.
    await registerCreditModel('unread');
    await deployVersion({
      ...by,
      endpoint: 'unread',
      model: 'unread',
      version: '1',
      strategy: { kind: 'all-at-once' },
      now,
    });
    now += 2_000;
    jest
      .spyOn(objects, 'getBytes')
      .mockRejectedValueOnce(
        Object.assign(new Error('Please reduce your request rate.'), { name: 'SlowDown' }),
      );
    const failed = await ping('unread', 'a');
    expect(failed).toMatchObject({ status: 500, failure: { name: 'SlowDown' } });
    // The client is not told what is the matter inside.
    expect(JSON.stringify(failed.body)).not.toContain('request rate');
    expect((await ping('unread', 'b')).status).toBe(200);
  });

  it('DynamoDB refuses a conditional write: the change is made on what is there then', async () => {
    now += 2_000;
    await deploy('raced', '1', { kind: 'all-at-once' });
    now += 2_000;
    const table = orchestrationTable();
    const transact = table.transact.bind(table);
    let refused = 0;
    jest
      .spyOn(Object.getPrototypeOf(table) as typeof table, 'transact')
      .mockImplementation(async (writes) => {
        // Somebody else was quicker, twice.
        if (refused++ < 2) return ['ConditionalCheckFailed'] as never;
        return transact(writes);
      });
    await deploy('raced', '2', { kind: 'all-at-once' });
    jest.restoreAllMocks();
    expect(refused).toBeGreaterThan(2);
    expect((await getEndpoint('raced', now)).stable).toBe('2');
    expect(await listChanges('raced')).toHaveLength(2);
  });

  it('the same event comes twice, and an alarm flaps: one roll back', async () => {
    now += 2_000;
    await deploy('flapping', '1', { kind: 'all-at-once' });
    now += 2_000;
    await deploy('flapping', '2', { kind: 'canary', percent: 10, seconds: 300 }, 'event-1');
    await deploy('flapping', '2', { kind: 'canary', percent: 10, seconds: 300 }, 'event-1');
    const ring = (id: string) =>
      rollbackEndpoint({ ...by, endpoint: 'flapping', version: '2', now, idempotencyKey: `event#${id}` });
    await ring('alarm-1');
    await ring('alarm-1');
    // ALARM, OK, ALARM: the version is gone by then.
    await expect(ring('alarm-2')).rejects.toThrow(DeploymentRefused);
    expect((await listChanges('flapping')).map(({ action }) => action)).toEqual([
      'rollback',
      'deploy',
      'deploy',
    ]);
    expect(await getEndpoint('flapping', now)).toMatchObject({ stable: '1' });
  });
});
