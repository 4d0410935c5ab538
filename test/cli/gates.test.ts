import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import type { TriedGates } from '../../lib/cli/gate-queries';
import { handleRequest } from '../../lib/console/handle-request';
import type { ConsoleOptions } from '../../lib/console/console-options';
import { reportDrift } from '../../lib/tracking/gate-records';
import { createVersion } from '../../lib/tracking/model-versions';
import { getModel } from '../../lib/tracking/registered-models';
import { startTrackingEndpoint, type TrackingEndpoint } from '../support/tracking-endpoint';

const directory = mkdtempSync(join(tmpdir(), 'millrace-gates-'));
let millrace: TrackingEndpoint;
beforeAll(async () => {
  millrace = await startTrackingEndpoint();
});
afterAll(async () => {
  rmSync(directory, { recursive: true, force: true });
  await millrace.stop();
});

const version = (name: string, key: string, auc: number) =>
  createVersion({
    name,
    source: 's3://b/',
    runId: '',
    by: 'task',
    idempotencyKey: key,
    tags: { test_auc: String(auc) },
  });

function fileOf(gates: unknown): string {
  const file = join(directory, 'gates.json');
  writeFileSync(file, JSON.stringify(gates));
  return file;
}

const because = ['--reason', 'asked for'];

describe('millrace models gates', () => {
  it('declares gates, tries versions, and keeps a promotion that they refuse', async () => {
    await version('scored', 'a', 0.7);
    await version('scored', 'b', 0.9);
    const file = fileOf({ gates: [{ kind: 'metric', metric: 'auc', min: 0.8 }, { kind: 'approval' }] });
    expect((await millrace.run('models', 'gates', 'scored')).stdout).toContain('scored has no gates');
    expect((await millrace.run('models', 'gates', 'scored', '--set', file, ...because)).code).toBe(0);

    const tried = await millrace.run('models', 'gates', 'scored', '--model-version', '1');
    expect(tried.code).toBe(1);
    expect(tried.stdout).toContain('Gates of scored before champion, Production:\nVersion 1:');
    expect(tried.stdout).toMatch(/metric auc\s+no\s+0\.7\s+at least 0\.8/);
    expect((await millrace.json<TriedGates>('models', 'gates', 'scored')).results).toMatchObject([
      { gate: 'metric auc', passed: true, value: 0.9 },
      { gate: 'approval', passed: false },
    ]);

    const promote = (number: string, ...more: string[]) =>
      millrace.run('models', 'promote', 'scored', number, '--alias', 'champion', ...because, ...more);
    const refused = await promote('2');
    expect([refused.code, (await getModel('scored')).aliases]).toEqual([1, {}]);
    expect(refused.stderr).toContain('1 of 2 gates refuse it. approval is 0, asked for is 1');

    const approved = await millrace.run('models', 'approve', 'scored', '2', ...because);
    expect(approved.stdout).toBe(`Version 2 of scored is approved by ${userInfo().username}.\n`);
    expect((await promote('2')).stdout).toContain('Version 2 of scored is champion.');
    expect((await promote('1', '--force')).code).toBe(0);
    const history = await millrace.json<{ what: string }[]>('models', 'history', 'scored');
    expect(history.map(({ what }) => what).slice(0, 4)).toEqual([
      'champion (before: version 2), forced past metric auc, approval',
      'champion (before: none), 2 gates passed',
      'approved',
      'gates declared',
    ]);
  });

  it('shows open drift alarms, and closes them by hand', async () => {
    await version('drifting', 'a', 0.7);
    await reportDrift('drifting', { monitor: 'watch/drift', drifted: true, reason: 'age moved', by: 'task' });
    const close = (monitor: string) =>
      millrace.run('models', 'gates', 'drifting', '--close-alarm', monitor, ...because);
    expect((await millrace.run('models', 'gates', 'drifting')).stdout).toMatch(
      /Drift alarm of watch\/drift since \S+: age moved/,
    );
    expect((await close('other')).stderr).toContain('Open: watch/drift.');
    expect((await close('watch/drift')).stdout).not.toContain('Drift alarm');
  });

  it.each([
    [['--set', 'none.json', ...because], 'none.json cannot be read as JSON'],
    [['--clear'], 'A change needs a reason'],
    [because, '--reason, but nothing to change'],
    [['--clear', '--set', 'x', ...because], 'More than one change at once'],
    [['--model-version', '9'], 'version=9) not found'],
  ])('refuses %j as wrong usage', async (args, message) => {
    if ((await millrace.json<unknown[]>('models')).every((m) => (m as { name: string }).name !== 'wrong'))
      await version('wrong', 'a', 1);
    const { code, stderr } = await millrace.run('models', 'gates', 'wrong', ...args);
    expect([code, stderr]).toEqual([2, expect.stringContaining(message) as unknown]);
  });

  it('refuses a file that holds no gates, and says what is wrong with it', async () => {
    await version('strict', 'a', 1);
    const file = fileOf({ gates: [{ kind: 'metric', metric: 'auc' }] });
    const { code, stderr } = await millrace.run('models', 'gates', 'strict', '--set', file, ...because);
    expect([code, stderr]).toEqual([2, expect.stringContaining('needs min, max or both') as unknown]);
    expect((await getModel('strict')).gates).toBeUndefined();
  });
});

describe('the console', () => {
  const options: ConsoleOptions = {
    by: 'ann',
    readOnly: false,
    where: 'local',
    now: () => new Date(),
  } as never;
  const ask = async (path: string, body?: object) => {
    const [place = '', query = ''] = path.split('?');
    const answer = await handleRequest(
      {
        method: body === undefined ? 'GET' : 'POST',
        path: `/console/api${place}`,
        query: Object.fromEntries([...new URLSearchParams(query)].map(([name, value]) => [name, [value]])),
        headers: { 'content-type': 'application/json', 'x-millrace-console': '1' },
        body: Buffer.from(JSON.stringify(body ?? {})),
      },
      options,
    );
    return { status: answer.status, json: JSON.parse(answer.body as string) as never };
  };

  it('shows gates with value and limit, refuses by them, and approves', async () => {
    await version('shown', 'a', 0.9);
    const file = fileOf({ gates: [{ kind: 'metric', metric: 'auc', min: 0.8 }, { kind: 'approval' }] });
    await millrace.run('models', 'gates', 'shown', '--set', file, ...because);
    expect(await ask('/models/shown/gates?version=1')).toMatchObject({
      status: 200,
      json: {
        gated: true,
        alias: 'champion',
        stage: 'Production',
        results: [
          { gate: 'metric auc', passed: true, value: 0.9, limit: 'at least 0.8' },
          { gate: 'approval', passed: false, value: 0, limit: 1 },
        ],
      },
    });
    expect(await ask('/models/shown/gates?version=1&stage=Staging')).toMatchObject({
      json: { gated: false, results: [] },
    });
    expect((await ask('/models/shown/gates?version=1&stage=Shelf')).status).toBe(400);
    const promote = { action: 'promote', name: 'shown', version: '1', alias: 'champion', reason: 'best' };
    expect(await ask('/act', promote)).toMatchObject({
      status: 403,
      json: { error: { name: 'Millrace.PromotionRefused' } },
    });
    await ask('/act', { action: 'approve-version', name: 'shown', version: '1', reason: 'seen' });
    expect(await ask('/act', promote)).toMatchObject({
      status: 200,
      json: { gates: [{}, { value: 1, detail: 'approved by ann' }] },
    });
  });
});
