import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import type { DeploymentView } from '../../lib/cli/deployment-queries';
import type { EndpointChange } from '../../lib/serving/endpoint';
import { writeTargetRecord } from '../../lib/serving/targets/target-record';
import { createVersion } from '../../lib/tracking/model-versions';
import { promote } from '../../lib/tracking/promotion';
import { startTrackingEndpoint, type TrackingEndpoint } from '../support/tracking-endpoint';

let millrace: TrackingEndpoint;
beforeAll(async () => {
  millrace = await startTrackingEndpoint();
  for (const version of ['1', '2', '3'])
    await createVersion({
      name: 'churn',
      source: `s3://b/${version}/`,
      runId: '',
      by: 'test',
      idempotencyKey: version,
    });
});
afterAll(async () => millrace.stop());

const deploy = (...args: string[]) =>
  millrace.run('deploy-model', 'churn', ...args, '--reason', 'it is better');
const roll = (...args: string[]) =>
  millrace.run('rollback-endpoint', 'churn', ...args, '--reason', 'complaints');
const state = () => millrace.json<DeploymentView & { changes: EndpointChange[] }>('deployments', 'churn');

describe('millrace deploy-model and rollback-endpoint', () => {
  it('say that there is nothing yet, and refuse to roll it back', async () => {
    expect((await millrace.run('deployments')).stdout).toContain('No endpoints yet');
    const { code, stderr } = await roll();
    expect(code).toBe(2);
    expect(stderr).toContain("There is no endpoint 'churn'");
  });

  it('bring versions, record who and why, and take the last one back', async () => {
    expect(await deploy('1')).toMatchObject({ code: 0, stdout: "'churn' serves version 1 of churn.\n" });
    const { stdout } = await deploy('2', '--canary', '10:3600');
    expect(stdout).toContain("Traffic of 'churn' goes over from version 1 to 2.");
    expect(await state()).toMatchObject({
      stable: '1',
      candidate: { version: '2', strategy: { kind: 'canary', percent: 10, seconds: 3600 } },
      candidateText: expect.stringMatching(/^version 2, 10 % until /) as unknown,
      changes: [{ action: 'deploy', to: '2', by: userInfo().username, reason: 'it is better' }, { to: '1' }],
    });
    const busy = await deploy('3');
    expect(busy.code).toBe(1);
    expect(busy.stderr).toContain("Version 2 is being deployed to 'churn'");
    expect((await roll('--version-is', '1')).code).toBe(1);
    expect((await roll()).stdout).toBe("'churn' serves version 1 again, in place of version 2.\n");
    expect((await state()).candidate).toBeUndefined();
  });

  it('take an alias for a version', async () => {
    await promote({
      name: 'churn',
      version: '3',
      alias: 'champion',
      archiveExisting: false,
      reason: 'x',
      by: 'x',
    });
    expect((await deploy('@champion')).code).toBe(0);
    expect((await state()).stable).toBe('3');
    expect((await deploy('@nobody')).stderr).toContain("No version of churn has the alias 'nobody'");
  });

  it('take a target, and say where the versions run and how they are', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'millrace-target-')), 'target.json');
    writeFileSync(file, JSON.stringify({ kind: 'sagemaker', image: 'server:1', instanceType: 'large' }));
    const refused = await deploy('1', '--to', 'elsewhere', '--target', file);
    expect(refused).toMatchObject({ code: 2 });
    expect(refused.stderr).toContain('instanceType');
    writeFileSync(file, JSON.stringify({ kind: 'sagemaker', image: 'server:1' }));
    const { stdout } = await deploy('1', '--to', 'elsewhere', '--target', file);
    expect(stdout).toContain('Version 1 of churn gets its traffic when it runs on sagemaker.');
    const shown = (await millrace.run('deployments', 'elsewhere')).stdout;
    expect(shown).toContain('sagemaker: nobody has looked yet.');
    expect(shown).toContain('candidate: version 1, waits until it runs');
    await writeTargetRecord('elsewhere', {
      state: 'working',
      message: 'SageMaker makes the endpoint.',
      rev: 1,
      at: '2026-03-01T00:00:00.000Z',
      versions: ['1'],
    });
    expect((await millrace.run('deployments', 'elsewhere')).stdout).toContain(
      'sagemaker: working. SageMaker makes the endpoint.',
    );
    expect((await millrace.run('deployments')).stdout).toMatch(/elsewhere +churn +- .*sagemaker/);
    rmSync(dirname(file), { recursive: true });
  });

  it('set a shadow and the share that is logged', async () => {
    await deploy('1', '--to', 'shaded');
    const set = (...args: string[]) => millrace.run('set-endpoint', 'shaded', ...args, '--reason', 'to see');
    const shaded = () =>
      millrace.json<DeploymentView & { changes: EndpointChange[] }>('deployments', 'shaded');
    expect((await set('--shadow', '2', '--log-share', '0.25')).stdout).toBe(
      "Version 2 scores in the shadow of 'shaded'.\n25 % of the requests to 'shaded' go into the prediction log.\n",
    );
    expect(await shaded()).toMatchObject({ shadow: '2', logShare: 0.25, stable: '1' });
    expect((await set('--no-shadow')).stdout).toBe("'shaded' has no shadow.\n");
    expect(await shaded()).not.toHaveProperty('shadow');
    expect((await shaded()).changes.map(({ action }) => action)).toEqual([
      'shadow',
      'settings',
      'shadow',
      'deploy',
    ]);
    expect(await set()).toMatchObject({ code: 2 });
    expect(await set('--log-share', '2')).toMatchObject({ code: 2 });
    expect(await set('--shadow', '99')).toMatchObject({ code: 2 });
  });

  it.each([
    [['9']],
    [['1', '--canary', '10']],
    [['1', '--linear', '0:60']],
    [['1', '--canary', '10:60', '--linear', '10:60']],
  ])('refuse %s and change nothing', async (args) => {
    const { rev } = await state();
    expect((await deploy(...args)).code).toBe(2);
    expect((await state()).rev).toBe(rev);
  });
});
