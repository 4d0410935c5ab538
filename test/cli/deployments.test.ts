import { userInfo } from 'node:os';
import type { DeploymentView } from '../../lib/cli/deployment-queries';
import type { EndpointChange } from '../../lib/serving/endpoint';
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
