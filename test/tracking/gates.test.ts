import { setAlias } from '../../lib/tracking/model-changes';
import { deleteAlias } from '../../lib/tracking/model-changes';
import { ensureExperiment } from '../../lib/tracking/experiments';
import { logInput } from '../../lib/tracking/inputs';
import { logMetrics } from '../../lib/tracking/metrics';
import { approveVersion, recordComparison, reportDrift, setGates } from '../../lib/tracking/gate-records';
import { createVersion } from '../../lib/tracking/model-versions';
import { promote, type PromotionRequest } from '../../lib/tracking/promotion';
import { getModel } from '../../lib/tracking/registered-models';
import { listEvents } from '../../lib/tracking/registry-events';
import { rollback } from '../../lib/tracking/rollback';
import { createRun } from '../../lib/tracking/runs';
import { promotionGates, settledGates, type PromotionGate } from '../../lib/tasks/promotion-gates';
import { startLocalAws, type LocalAws } from '../support/local-aws';

let aws: LocalAws;
let count = 0;
beforeAll(async () => {
  aws = await startLocalAws();
});
afterAll(async () => aws.stop());

interface Measured {
  readonly metrics?: Readonly<Record<string, number>>;
  /** Checksum of the held-out rows. */
  readonly heldOut?: string;
}

/** A model with a version for each of the given runs. */
async function modelOf(...versions: readonly Measured[]): Promise<string> {
  const name = `gated-${++count}`;
  const experiment = await ensureExperiment('gates');
  for (const [i, { metrics = {}, heldOut }] of versions.entries()) {
    const runId = `${name}-${i + 1}`;
    await createRun({ runId, experimentId: experiment.id, runName: runId, startTime: 1, tags: {} });
    await logMetrics(
      runId,
      Object.entries(metrics).map(([key, value]) => ({ key, value, step: 0, timestamp: 1 })),
    );
    if (heldOut !== undefined)
      await logInput(runId, {
        name: 'test',
        digest: heldOut,
        sha256: heldOut,
        uri: 's3://b/t',
        context: 'test',
      });
    await createVersion({ name, source: 's3://b/m/', runId, by: 'ana', idempotencyKey: runId });
  }
  return name;
}

const declare = (name: string, ...gates: readonly object[]) =>
  setGates(name, settledGates(promotionGates.parse({ gates })), { by: 'ana', reason: 'policy' });

const toChampion = (name: string, version: string, more: Partial<PromotionRequest> = {}) =>
  promote({ name, version, alias: 'champion', archiveExisting: false, reason: 'why', by: 'ben', ...more });

const aliases = async (name: string) => (await getModel(name)).aliases;

describe('gates of a model', () => {
  it('let whatever meets them through, and the history has each with value and limit', async () => {
    const name = await modelOf({ metrics: { test_auc: 0.81, logLoss: 0.4 } });
    await declare(
      name,
      { kind: 'metric', metric: 'auc', min: 0.8 },
      { kind: 'metric', metric: 'logLoss', max: 0.5 },
    );
    const { gates, forced } = await toChampion(name, '1');
    expect(forced).toBe(false);
    expect(gates).toEqual([
      { gate: 'metric auc', passed: true, value: 0.81, limit: 'at least 0.8', detail: 'auc of version 1' },
      {
        gate: 'metric logLoss',
        passed: true,
        value: 0.4,
        limit: 'at most 0.5',
        detail: 'logLoss of version 1',
      },
    ]);
    const [event] = await listEvents(name);
    expect(event).toMatchObject({ action: 'promote', by: 'ben', reason: 'why', gates });
    expect(event).not.toHaveProperty('forced');
  });

  it('refuse by the names of all that failed, and change nothing', async () => {
    const name = await modelOf({ metrics: { auc: 0.7 } });
    await declare(
      name,
      { kind: 'metric', metric: 'auc', min: 0.8 },
      { kind: 'metric', metric: 'recall', min: 0.5 },
      { kind: 'metric', metric: 'auc', min: 0.6 },
      { kind: 'approval' },
    );
    const before = await getModel(name);
    await expect(toChampion(name, '1')).rejects.toMatchObject({
      name: 'Millrace.PromotionRefused',
      message: `Version 1 of ${name} may not become champion: 3 of 4 gates refuse it. metric auc is 0.7, asked for is at least 0.8 (auc of version 1); metric recall is not recorded, asked for is at least 0.5 (no value of 'recall' is recorded with version 1 or its run); approval is 0, asked for is 1 (nobody has approved version 1).`,
      gates: [{ passed: false }, { passed: false, value: null }, { passed: true }, { passed: false }],
    });
    expect(await getModel(name)).toEqual(before);
  });

  it('stand before the stages and aliases that are named, and before no others', async () => {
    const name = await modelOf({ metrics: { auc: 0.7 } });
    await declare(name, { kind: 'metric', metric: 'auc', min: 0.8 });
    const move = (more: Partial<PromotionRequest>) =>
      promote({ name, version: '1', archiveExisting: false, reason: 'r', by: 'ben', ...more });
    expect((await move({ stage: 'Staging', alias: 'challenger' })).gates).toEqual([]);
    await expect(move({ stage: 'Production' })).rejects.toThrow('in Production: 1 of 1 gates');
    await expect(move({ alias: 'champion' })).rejects.toThrow('champion: 1 of 1 gates');
    await expect(setAlias(name, 'champion', '1', 'ben')).rejects.toThrow('gates refuse it');
    await setAlias(name, 'other', '1', 'ben');
    expect(await aliases(name)).toEqual({ challenger: '1', other: '1' });
  });

  it('give way to force, which is recorded with the reason', async () => {
    const name = await modelOf({ metrics: { auc: Number.NaN } });
    await declare(name, { kind: 'metric', metric: 'auc', min: 0.8 });
    await expect(toChampion(name, '1')).rejects.toMatchObject({ gates: [{ value: 'NaN', passed: false }] });
    expect(await toChampion(name, '1', { force: true, reason: 'the old one is broken' })).toMatchObject({
      forced: true,
    });
    expect((await listEvents(name))[0]).toMatchObject({
      forced: true,
      reason: 'the old one is broken',
      gates: [{ gate: 'metric auc', passed: false }],
    });
  });

  it('do not keep a rollback', async () => {
    const name = await modelOf({ metrics: { auc: 0.7 } }, { metrics: { auc: 0.9 } });
    await toChampion(name, '1');
    await declare(name, { kind: 'metric', metric: 'auc', min: 0.8 });
    await toChampion(name, '2');
    expect(await rollback({ name, alias: 'champion', reason: 'r', by: 'ben' })).toMatchObject({
      version: '1',
    });
  });

  it('are taken away, and declared again without a trace when they are the same', async () => {
    const name = await modelOf({});
    await declare(name, { kind: 'approval' });
    await declare(name, { kind: 'approval' });
    expect((await listEvents(name)).map(({ action }) => action)).toEqual(['set-gates', 'create']);
    await setGates(name, null, { by: 'ana', reason: 'no longer' });
    expect((await getModel(name)).gates).toBeUndefined();
    expect((await toChampion(name, '1')).gates).toEqual([]);
  });
});

describe('the gate on the champion', () => {
  const beats = { kind: 'beats-champion', metric: 'auc', margin: 0.01 };

  it('holds with the first champion, then asks for a comparison on the same rows', async () => {
    const name = await modelOf({ metrics: { test_auc: 0.8 } }, { metrics: { test_auc: 0.9 } });
    await declare(name, beats);
    expect((await toChampion(name, '1')).gates).toMatchObject([
      { passed: true, detail: 'no other version is champion' },
    ]);
    await expect(toChampion(name, '2')).rejects.toMatchObject({
      gates: [
        {
          value: null,
          limit: 'a gain of more than 0.01',
          detail: expect.stringContaining('was not compared with version 1') as unknown,
        },
      ],
    });
    const compare = (gain: number) =>
      recordComparison(
        name,
        '2',
        { metric: 'auc', value: 0.8 + gain, than: { version: '1', value: 0.8 }, gain, rows: 200 },
        { by: 'task', reason: 'compared' },
      );
    await compare(0.01);
    await expect(toChampion(name, '2')).rejects.toMatchObject({ gates: [{ value: 0.01, passed: false }] });
    await compare(0.02);
    await compare(0.02);
    expect((await listEvents(name)).filter(({ action }) => action === 'compare')).toHaveLength(2);
    expect((await toChampion(name, '2')).gates).toMatchObject([
      {
        value: 0.02,
        passed: true,
        detail: 'auc 0.82 against 0.8 of version 1 on the same 200 held-out rows',
      },
    ]);
  });

  it.each([
    ['the same held-out rows', { metrics: { auc: 0.85 }, heldOut: 'aa' }, 0.05],
    ['other held-out rows', { metrics: { auc: 0.85 }, heldOut: 'bb' }, null],
    ['no metric', { heldOut: 'aa' }, null],
  ])('takes what the runs recorded: %s', async (_what, second, gain) => {
    const name = await modelOf({ metrics: { auc: 0.8 }, heldOut: 'aa' }, second);
    await declare(name, beats);
    await toChampion(name, '1');
    const tried = await toChampion(name, '2', { force: true });
    expect([tried.gates[0]?.value, tried.forced]).toEqual([gain, gain === null]);
  });

  it('knows that of losses less is better', async () => {
    const name = await modelOf(
      { metrics: { rmse: 10 }, heldOut: 'aa' },
      { metrics: { rmse: 12 }, heldOut: 'aa' },
      { metrics: { rmse: 9 }, heldOut: 'aa' },
    );
    await declare(name, { kind: 'beats-champion', metric: 'rmse' });
    await toChampion(name, '1');
    await expect(toChampion(name, '2')).rejects.toMatchObject({ gates: [{ value: -2 }] });
    expect((await toChampion(name, '3')).gates).toMatchObject([{ value: 1, passed: true }]);
  });

  it('is not passed by taking the alias away first', async () => {
    const name = await modelOf({}, {});
    await declare(name, beats);
    await toChampion(name, '1');
    await deleteAlias(name, 'champion', 'ben');
    await expect(toChampion(name, '2')).rejects.toThrow('was not compared with version 1');
    expect((await toChampion(name, '1')).version).toBe('1');
  });
});

describe('the gate on drift', () => {
  it('is closed while an alarm is open; for newer versions too unless only older ones count', async () => {
    const name = await modelOf({});
    const drift = (drifted: boolean) =>
      reportDrift(name, { monitor: 'monitoring/drift', drifted, reason: 'age moved', by: 'task' });
    await drift(true);
    await drift(true);
    await createVersion({ name, source: 's3://b/m/', runId: '', by: 'ana', idempotencyKey: 'newer' });
    await declare(name, { kind: 'no-drift-alarm' });
    await expect(toChampion(name, '2')).rejects.toMatchObject({
      gates: [
        {
          value: 1,
          limit: 0,
          detail: expect.stringMatching(/^monitoring\/drift since .*: age moved$/) as unknown,
        },
      ],
    });
    await declare(name, { kind: 'no-drift-alarm', versions: 'older' });
    await expect(toChampion(name, '1')).rejects.toThrow('no-drift-alarm is 1');
    expect((await toChampion(name, '2')).gates).toMatchObject([{ passed: true, value: 0 }]);
    await drift(false);
    expect((await toChampion(name, '1')).gates).toMatchObject([{ passed: true, detail: 'no alarm is open' }]);
    expect(
      (await listEvents(name)).map(({ action }) => action).filter((action) => action.endsWith('alarm')),
    ).toEqual(['close-alarm', 'open-alarm']);
  });
});

describe('the gate on approval', () => {
  it('counts people, each once, and not who promotes', async () => {
    const name = await modelOf({}, {});
    await declare(name, { kind: 'approval', people: 2, exceptPromoter: true });
    const approve = (version: string, by: string) => approveVersion(name, version, { by, reason: 'seen' });
    for (const [version, by] of [
      ['1', 'ben'],
      ['1', 'eve'],
      ['1', 'eve'],
      ['2', 'kim'],
    ] as const)
      await approve(version, by);
    await expect(toChampion(name, '1')).rejects.toMatchObject({
      gates: [{ value: 1, limit: 2, detail: 'approved by eve' }],
    });
    await approve('1', 'kim');
    expect((await toChampion(name, '1')).gates).toMatchObject([{ value: 2, passed: true }]);
    await expect(approve('3', 'kim')).rejects.toThrow('version=3) not found');
  });
});

it('judges under the revision that it writes: what happens meanwhile is judged again', async () => {
  const name = await modelOf({}, {});
  await declare(name, { kind: 'no-drift-alarm' });
  // Both want the same revision; whichever comes second has read the other's.
  const [, alarm] = await Promise.allSettled([
    toChampion(name, '1'),
    reportDrift(name, { monitor: 'm', drifted: true, reason: 'moved', by: 'task' }),
  ]);
  expect(alarm.status).toBe('fulfilled');
  const actions = (await listEvents(name)).map(({ action }) => action);
  // When the alarm is older than the move, the move was refused.
  expect(actions.indexOf('promote')).not.toBe(0);
});

it.each<[object, RegExp]>([
  [{ gates: [] }, /Too small/],
  [{ gates: [{ kind: 'metric', metric: 'auc' }] }, /needs min, max or both/],
  [{ gates: [{ kind: 'approval', people: 0 }] }, /Too small/],
  [{ gates: [{ kind: 'mood' }] }, /Invalid/],
  [{ gates: [{ kind: 'approval', who: 'me' }] }, /Unrecognized key/],
  [{ gates: [{ kind: 'approval' }], stages: ['Archived'] }, /Invalid option/],
])('refuses %j as gates', (gates, message) => {
  expect(() => promotionGates.parse(gates)).toThrow(message);
});

it('has a default for whatever a gate leaves out', () => {
  const gate: PromotionGate | undefined = promotionGates.parse({
    gates: [{ kind: 'beats-champion', metric: 'auc' }],
  }).gates[0];
  expect(gate).toEqual({ kind: 'beats-champion', metric: 'auc', margin: 0, alias: 'champion' });
});
