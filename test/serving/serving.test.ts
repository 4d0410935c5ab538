import '../support/quiet-telemetry';
import { s3Client } from '../../lib/aws/clients/s3';
import { ObjectStore } from '../../lib/aws/object-store';
import { scoreOnnx } from '../../lib/ml/onnx/score';
import { answerRequest, type ServingAnswer } from '../../lib/serving/answer-request';
import {
  deployVersion,
  rollbackEndpoint,
  setLogShare,
  setShadow,
  startShift,
} from '../../lib/serving/change-endpoint';
import { getEndpoint, listChanges } from '../../lib/serving/endpoint';
import { readLog } from '../../lib/serving/prediction-log';
import { promote } from '../../lib/tracking/promotion';
import { deleteVersion } from '../../lib/tracking/version-changes';
import { startLocalAws, type LocalAws } from '../support/local-aws';
import { creditRows, registerCreditModel } from '../support/registered-model';

const BUCKET = 'millrace-test-data';
const T0 = Date.parse('2026-03-01T10:00:00.000Z');
const rows = creditRows();
const by = { by: 'test', reason: 'test' };

let aws: LocalAws;
let objects: ObjectStore;
/** Steps over the second for which the state of an endpoint is remembered. */
let now = T0;

beforeAll(async () => {
  aws = await startLocalAws();
  objects = new ObjectStore(s3Client(), BUCKET);
  await registerCreditModel('credit');
  await registerCreditModel('credit', { rows: 600 });
  await registerCreditModel('credit', { rows: 500, shuffled: true });
}, 30_000);
afterAll(async () => aws.stop());

async function ask(
  path: string,
  body?: unknown,
  options: { readonly headers?: Record<string, string>; readonly id?: string } = {},
): Promise<ServingAnswer & { readonly body: { [name: string]: never } }> {
  now += 2_000;
  const answer = await answerRequest(
    {
      method: body === undefined ? 'GET' : 'POST',
      path,
      headers: options.headers ?? {},
      body: typeof body === 'string' ? body : JSON.stringify(body),
      id: options.id ?? `r${now}`,
    },
    { objects, now: () => now },
  );
  return answer as ServingAnswer & { readonly body: { [name: string]: never } };
}

const deploy = (endpoint: string, version: string, more: object = {}) =>
  deployVersion({
    ...by,
    endpoint,
    model: 'credit',
    version,
    strategy: { kind: 'all-at-once' },
    now,
    ...more,
  });

const [first, second] = [rows[0]!, rows[1]!];

describe('requests', () => {
  beforeAll(async () => {
    await deploy('requests', '1');
  });

  it('answers what the model file gives for the row, and names the version', async () => {
    const { status, body, headers } = await ask('/endpoints/requests/predict', {
      records: [first.fields, second.fields],
    });
    expect({ status, version: headers['x-millrace-model-version'] }).toEqual({ status: 200, version: '1' });
    expect(body).toMatchObject({ model: 'credit', version: '1' });
    const columns = Object.keys(first.fields).map((name) => {
      const values = [first.fields[name]!, second.fields[name]!];
      return values.every((value) => typeof value === 'number')
        ? ({ name, kind: 'number', values } as const)
        : ({ name, kind: 'text', values: values.map(String) } as const);
    });
    const { getVersion } = await import('../../lib/tracking/model-versions');
    const { source } = await getVersion('credit', '1');
    const [good, bad] = scoreOnnx(await objects.getBytes(`${source}model.onnx`), columns);
    expect(body['predictions']).toEqual(
      [0, 1].map((row) => ({
        label: good![row]! >= bad![row]! ? 'good' : 'bad',
        probability_good: good![row],
        probability_bad: bad![row],
      })),
    );
  });

  it("answers MLflow's four forms alike", async () => {
    const names = Object.keys(first.fields);
    const bodies = [
      { dataframe_split: { columns: names, data: [names.map((name) => first.fields[name])] } },
      { dataframe_records: [first.fields] },
      { instances: [first.fields] },
      { inputs: Object.fromEntries(names.map((name) => [name, [first.fields[name]]])) },
    ];
    const answers = [];
    for (const body of bodies)
      answers.push((await ask('/endpoints/requests/invocations', body)).body['predictions']);
    expect(answers[0]).toEqual([expect.objectContaining({ label: expect.any(String) as unknown })]);
    for (const answer of answers) expect(answer).toEqual(answers[0]);
  });

  it('says that it is there, and what it serves', async () => {
    expect((await ask('/endpoints/requests/ping')).body).toEqual({
      status: 'ok',
      model: 'credit',
      version: '1',
    });
    expect((await ask('/endpoints/requests/version')).body).toMatchObject({
      endpoint: 'requests',
      version: '1',
      stable: '1',
      signature: {
        inputs: expect.arrayContaining([
          { name: 'duration_months', type: 'long', required: true },
        ]) as unknown,
      },
    });
  });

  const { duration_months: _duration, ...withoutDuration } = first.fields;
  it.each([
    ['missing', { records: [withoutDuration] }, 'duration_months'],
    ['extra', { records: [{ ...first.fields, shoe_size: 44 }] }, 'shoe_size'],
    ['mistyped', { records: [{ ...first.fields, duration_months: '12 months' }] }, 'duration_months'],
    ['mistyped', { records: [{ ...first.fields, duration_months: null }] }, 'duration_months'],
    ['mistyped', { records: [{ ...first.fields, duration_months: 1.5 }] }, 'duration_months'],
    ['mistyped', { records: [{ ...first.fields, purpose: ['car'] }] }, 'purpose'],
    [
      'non-finite',
      `{"records": [${JSON.stringify(first.fields).replace(/"duration_months":\d+/, '"duration_months": NaN')}]}`,
      'duration_months',
    ],
    [
      'non-finite',
      `{"records": [${JSON.stringify(first.fields).replace(/"duration_months":\d+/, '"duration_months": -Infinity')}]}`,
      'duration_months',
    ],
    [
      'non-finite',
      `{"records": [${JSON.stringify(first.fields).replace(/"duration_months":\d+/, '"duration_months": 1e999')}]}`,
      'duration_months',
    ],
    ['too-large', { records: [{ ...first.fields, duration_months: 1e17 }] }, 'duration_months'],
    ['too-large', { records: [{ ...first.fields, purpose: 'x'.repeat(20_000) }] }, 'purpose'],
  ])('refuses a %s field by its name', async (problem, body, field) => {
    const { status, body: answer } = await ask('/endpoints/requests/predict', body);
    expect(status).toBe(400);
    expect(answer).toMatchObject({ problems: [{ field, problem, row: 0 }], version: '1' });
    expect(answer['error']).toContain(field);
  });

  it.each([
    ['no JSON', '{"records": [', 400, /no JSON/],
    ['no records', { rows: [] }, 400, /no records/],
    ['no rows', { records: [] }, 400, /no rows/],
    ['rows that are no objects', { records: [[1, 2]] }, 400, /named columns/],
    ['too many rows', { records: Array.from({ length: 10_001 }, () => ({})) }, 413, /10000/],
  ])('refuses %s', async (_what, body, status, message) => {
    const answer = await ask('/endpoints/requests/predict', body);
    expect(answer.status).toBe(status);
    expect(answer.body['error']).toMatch(message);
  });

  it('refuses two forms at once, uneven columns, another type and unknown endpoints', async () => {
    const both = await ask('/endpoints/requests/invocations', {
      instances: [first.fields],
      inputs: [first.fields],
    });
    expect(both).toMatchObject({
      status: 400,
      body: { error: expect.stringContaining('exactly one of') as unknown },
    });
    const uneven = await ask('/endpoints/requests/invocations', { inputs: { a: [1, 2], b: [1] } });
    expect(uneven).toMatchObject({ status: 400, body: { error: expect.stringContaining("'b'") as unknown } });
    expect((await ask('/endpoints/nobody/ping')).status).toBe(404);
    expect((await ask('/endpoints/requests/explain')).status).toBe(404);
  });

  it('names the model and its version in refusals too', async () => {
    const headers = { 'content-type': 'text/csv' };
    const refused = [
      await ask('/endpoints/requests/predict', 'a,b', { headers }),
      await ask('/endpoints/requests/predict'),
      await ask('/endpoints/requests/ping', {}),
      await ask('/endpoints/requests/invocations', { records: [first.fields] }),
      await ask('/endpoints/requests/predict', { records: Array.from({ length: 10_001 }, () => ({})) }),
    ];
    expect(refused.map(({ status }) => status)).toEqual([415, 405, 405, 400, 413]);
    for (const { body, headers: sent } of refused) {
      expect(body).toMatchObject({ model: 'credit', version: '1' });
      expect(sent).toEqual({ 'x-millrace-model': 'credit', 'x-millrace-model-version': '1' });
    }
  });
});

describe('the prediction log', () => {
  it('has a line for each row that was answered, in the stretch of time that is asked for', async () => {
    await deploy('logged', '1');
    const from = new Date(now).toISOString();
    await ask('/endpoints/logged/predict', { records: [first.fields, second.fields] }, { id: 'one' });
    await ask(
      '/endpoints/logged/predict',
      { records: [{ ...first.fields, duration_months: 'x' }] },
      { id: 'refused' },
    );
    const { body } = await ask('/endpoints/logged/predict', { record: second.fields }, { id: 'two' });
    const lines = await readLog(objects, 'logged', from, new Date(now + 1).toISOString());
    expect(lines.map(({ request, row, version, slot }) => ({ request, row, version, slot }))).toEqual([
      { request: 'one', row: 0, version: '1', slot: 'stable' },
      { request: 'one', row: 1, version: '1', slot: 'stable' },
      { request: 'two', row: 0, version: '1', slot: 'stable' },
    ]);
    expect(lines[2]).toMatchObject({
      inputs: second.fields,
      output: (body['predictions'] as unknown as object[])[0],
    });
    expect(await readLog(objects, 'logged', from, from)).toEqual([]);
    // A test of the endpoint is nothing that clients ask.
    const headers = { 'x-millrace-target': 'stable' };
    await ask('/endpoints/logged/predict', { record: second.fields }, { id: 'test', headers });
    expect(await readLog(objects, 'logged', from, new Date(now + 1).toISOString())).toHaveLength(3);
  });

  it('takes a share of the requests', async () => {
    await deploy('sampled', '1');
    await setLogShare({ ...by, endpoint: 'sampled', logShare: 0.3, now });
    const from = new Date(now).toISOString();
    for (let i = 0; i < 60; i++)
      await ask('/endpoints/sampled/predict', { record: first.fields }, { id: `s${i}` });
    const { length } = await readLog(objects, 'sampled', from, new Date(now + 1).toISOString());
    // Binomial(60, 0.3): 18 ± 3.5; the ids are fixed, so the figure is too.
    expect(length).toBeGreaterThan(8);
    expect(length).toBeLessThan(29);
  });
});

describe('traffic', () => {
  async function shareOf(endpoint: string, version: string, requests: number): Promise<number> {
    let found = 0;
    for (let i = 0; i < requests; i++) {
      now -= 1_999; // The state is remembered; time hardly passes.
      const { body } = await ask(`/endpoints/${endpoint}/ping`, undefined, { id: `p${i}` });
      if (body['version'] === version) found++;
    }
    return found / requests;
  }

  it('goes over in steps, and then the version is the stable one', async () => {
    await deploy('linear', '1');
    now += 10_000;
    await deploy('linear', '2', { strategy: { kind: 'linear', percent: 25, everySeconds: 600 } });
    const shares: number[] = [];
    for (let step = 0; step < 4; step++) {
      now += 5_000;
      shares.push(await shareOf('linear', '2', 400));
      now += 600_000 - 6_000;
    }
    // Three standard deviations of a binomial of 400.
    [0.25, 0.5, 0.75].forEach((expected, i) =>
      expect(Math.abs(shares[i]! - expected)).toBeLessThan(3 * Math.sqrt((expected * (1 - expected)) / 400)),
    );
    expect(shares[3]).toBe(1);
    expect(await getEndpoint('linear', now)).toMatchObject({ stable: '2', previous: ['1'] });
  });

  it('goes to a held version only on request, and to it when the shift starts', async () => {
    await deploy('held', '1');
    now += 10_000;
    await deploy('held', '2', { hold: true, strategy: { kind: 'canary', percent: 10, seconds: 300 } });
    expect(await shareOf('held', '2', 50)).toBe(0);
    const asked = await ask('/endpoints/held/ping', undefined, {
      headers: { 'x-millrace-target': 'candidate' },
    });
    expect(asked.body['version']).toBe('2');
    await startShift({ ...by, endpoint: 'held', version: '2', now });
    now += 400_000;
    expect(await shareOf('held', '2', 10)).toBe(1);
  });

  it('comes back at once, first from the candidate, then to the version before', async () => {
    await deploy('back', '1');
    now += 10_000;
    await deploy('back', '2');
    now += 10_000;
    await deploy('back', '3', { strategy: { kind: 'canary', percent: 50, seconds: 3600 } });
    await rollbackEndpoint({ ...by, endpoint: 'back', version: '3', now });
    expect(await shareOf('back', '2', 20)).toBeGreaterThanOrEqual(0.95);
    await rollbackEndpoint({ ...by, endpoint: 'back', now });
    now += 2_000;
    expect(await shareOf('back', '1', 20)).toBe(1);
    await expect(rollbackEndpoint({ ...by, endpoint: 'back', now })).rejects.toThrow('none to go back to');
    expect((await listChanges('back')).map(({ action, from, to }) => `${action} ${from}>${to}`)).toEqual([
      'rollback 2>1',
      'rollback 3>2',
      'deploy 2>3',
      'deploy 1>2',
      'deploy null>1',
    ]);
  });

  it('passes over versions that were deleted meanwhile when it comes back', async () => {
    for (const rows of [300, 310, 320, 330]) await registerCreditModel('pruned', { rows });
    for (const version of ['1', '2', '3', '4']) {
      await deploy('pruned', version, { model: 'pruned' });
      now += 10_000;
    }
    await deleteVersion('pruned', '3', 'me');
    await deleteVersion('pruned', '2', 'me');
    await rollbackEndpoint({ ...by, endpoint: 'pruned', now });
    expect(await getEndpoint('pruned', now)).toMatchObject({ stable: '1', previous: [] });
    expect((await ask('/endpoints/pruned/predict', { record: first.fields })).status).toBe(200);
    await deploy('pruned', '4', { model: 'pruned' });
    now += 10_000;
    await deleteVersion('pruned', '1', 'me');
    await expect(rollbackEndpoint({ ...by, endpoint: 'pruned', now })).rejects.toThrow(
      "The versions that 'pruned' served before version 4 (1) have been deleted",
    );
    expect(await getEndpoint('pruned', now)).toMatchObject({ stable: '4', previous: ['1'] });
  });

  it('does not undo another deployment by a late alarm', async () => {
    await deploy('late', '1');
    now += 10_000;
    await deploy('late', '2');
    await expect(rollbackEndpoint({ ...by, endpoint: 'late', version: '1', now })).rejects.toThrow(
      "Version 1 is not the one that was deployed last at 'late'",
    );
    expect((await getEndpoint('late', now)).stable).toBe('2');
  });

  it('lets a shadow score without answering', async () => {
    await deploy('shadowed', '1');
    await setShadow({ ...by, endpoint: 'shadowed', version: '3', now });
    const from = new Date(now).toISOString();
    const records = rows.slice(700, 760).map(({ fields }) => fields);
    const { body, served } = await ask('/endpoints/shadowed/predict', { records }, { id: 'sh' });
    expect(body['version']).toBe('1');
    const lines = await readLog(objects, 'shadowed', from, new Date(now + 1).toISOString());
    const labels = (slot: string) =>
      lines.filter((line) => line.slot === slot).map(({ output }) => output['label']);
    expect(labels('shadow')).toHaveLength(60);
    const differing = labels('stable').filter((label, i) => label !== labels('shadow')[i]).length;
    expect(differing).toBeGreaterThan(0);
    expect(served?.shadowDisagreement).toBe(differing / 60);
  });
});

describe('deployments', () => {
  it('are made once, however often they are asked for', async () => {
    const request = { idempotencyKey: 'run#deploy' };
    const change = await deploy('once', '1', request);
    expect(await deploy('once', '1', request)).toEqual(change);
    expect(await listChanges('once')).toHaveLength(1);
  });

  it('exclude each other', async () => {
    await deploy('two', '1');
    now += 10_000;
    const strategy = { kind: 'canary', percent: 10, seconds: 60 };
    const outcomes = await Promise.allSettled([
      deploy('two', '2', { strategy }),
      deploy('two', '3', { strategy }),
    ]);
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(await listChanges('two')).toHaveLength(2);
  });

  it('refuse what cannot be served, and leave nothing', async () => {
    await expect(deploy('never', '99')).rejects.toThrow('version=99');
    await promote({ name: 'credit', version: '3', stage: 'Archived', archiveExisting: false, ...by });
    await expect(deploy('never', '3')).rejects.toThrow('archived');
    const { version } = await registerCreditModel('credit', { rows: 250 });
    await deleteVersion('credit', version, 'me');
    await expect(deploy('never', version)).rejects.toThrow(`version=${version}`);
    await expect(deploy('Never', '1')).rejects.toThrow('no name of an endpoint');
    await expect(
      deploy('never', '1', { strategy: { kind: 'linear', percent: 0, everySeconds: 1 } }),
    ).rejects.toThrow('share above 0');
    await expect(getEndpoint('never')).rejects.toThrow("no endpoint 'never'");
  });

  it('of a damaged file answer 500 and name no inside', async () => {
    const { folder, version } = await registerCreditModel('damaged', { rows: 200 });
    await deployVersion({
      ...by,
      endpoint: 'damaged',
      model: 'damaged',
      version,
      strategy: { kind: 'all-at-once' },
      now,
    });
    await objects.putBytes(`${folder}model.onnx`, 'no model');
    const answer = await ask('/endpoints/damaged/predict', { record: first.fields });
    expect(answer.status).toBe(500);
    expect(answer.served).toMatchObject({ endpoint: 'damaged', version, slot: 'stable' });
    expect(answer.failure?.message).toContain('checksum');
    expect(JSON.stringify(answer.body)).not.toContain('checksum');
  });
});
