import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { synthesise } from '../../lib/cloud/synthesise';
import { VirtualClock } from '../../lib/local/clock';
import { startLocalCloud, type LocalCloud } from '../../lib/local/local-cloud';
import { listRuns } from '../../lib/orchestration/list-runs';
import { machineFaults } from '../cloud/support/validate-machine';
import { environment, ROOT } from '../support/millrace';
import { temporaryProject } from '../support/temporary-project';

const PIPELINES = `import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { daily, join as joined, pipeline } from '../lib';

interface Row { region: string; owner: string }
const table = JSON.parse(readFileSync(join(__dirname, 'table.json'), 'utf8')) as Row[];

export default table.map(({ region, owner }) =>
  pipeline({ id: 'sales-' + region, description: 'Sales of ' + region, owner, schedule: daily, startDate: '2026-03-01' },
    () => { joined('start'); }));
`;

const REGIONS = Array.from({ length: 20 }, (_, i) => `r${String(i).padStart(2, '0')}`);
const table = (regions: readonly string[]) =>
  JSON.stringify(regions.map((region) => ({ region, owner: 'sales' })));

describe('twenty pipelines made from a table', () => {
  const project = temporaryProject({
    'pipelines/table.json': table(REGIONS),
    'pipelines/sales.ts': PIPELINES,
  });
  const outdir = join(project.root, 'cdk.out');
  const clock = new VirtualClock(Date.parse('2026-03-27T12:00:00Z'));
  const before = { ...process.env };
  let cloud: LocalCloud;
  afterAll(async () => {
    process.env = before;
    await cloud.stop();
    project.remove();
  });

  const runsOf = async (region: string) =>
    (await listRuns(`sales-${region}`, 10)).map(({ logicalDate, status }) => [
      logicalDate.slice(0, 10),
      status,
    ]);

  /** Keeps all appointments up to a time, and waits until what they started has ended. */
  async function live(until: string, expected: number): Promise<void> {
    while (clock.advance(Date.parse(until)));
    for (;;) {
      const statuses = (await Promise.all(REGIONS.map(runsOf))).flat().map(([, status]) => status);
      if (statuses.length === expected && !statuses.includes('running')) return;
      await pause(100);
    }
  }

  it('synthesises clean, each with a machine of its own', async () => {
    const { summary } = await synthesise({ projectRoot: project.root, outdir, validate: true });
    expect(summary.failures).toEqual([]);
    expect(summary.pipelines.map(({ id }) => id)).toEqual(REGIONS.map((region) => `sales-${region}`));
    for (const { stack } of summary.pipelines) {
      const { Resources } = JSON.parse(readFileSync(join(outdir, `${stack}.template.json`), 'utf8')) as {
        Resources: Record<string, { Type: string; Properties: { DefinitionString?: string } }>;
      };
      const machine = Object.values(Resources).find(
        ({ Type }) => Type === 'AWS::StepFunctions::StateMachine',
      );
      const definition = (machine?.Properties.DefinitionString ?? '').replace(
        /\$\{(\w+)\}/g,
        (_, name: string) => `arn:aws:lambda:eu-west-1:123456789012:function:${name}`,
      );
      expect(machineFaults(JSON.parse(definition))).toBe('');
    }
  }, 120_000);

  it('runs each once a day', async () => {
    cloud = await startLocalCloud({
      directory: project.state,
      projectRoot: project.root,
      assembly: outdir,
      schedules: true,
      clock,
    });
    Object.assign(process.env, cloud.environment, {
      MILLRACE_STAGE: 'dev',
      MILLRACE_BUCKET: 'millrace-dev-data-000000000000-us-east-1',
      MILLRACE_TRACKING_TABLE: 'millrace-dev-tracking',
      MILLRACE_ORCHESTRATION_TABLE: 'millrace-dev-orchestration',
    });
    await live('2026-03-28T00:00:10Z', 20);
    expect(await runsOf('r07')).toEqual([['2026-03-27', 'success']]);
  }, 120_000);

  it('retires the schedule of a row that is gone, and keeps its history', async () => {
    project.write('pipelines/table.json', table(REGIONS.filter((region) => region !== 'r07')));
    // A deployment is a process of its own, which reads the table anew.
    const script = join(ROOT, 'bench', 'support', 'synth-millrace.ts');
    const { status, stderr } = spawnSync(
      process.execPath,
      ['--import', 'tsx', script, project.root, outdir],
      {
        cwd: ROOT,
        encoding: 'utf8',
        env: environment(),
      },
    );
    expect({ status, stderr: status === 0 ? '' : stderr }).toEqual({ status: 0, stderr: '' });
    await cloud.deploy(outdir);
    await live('2026-03-29T00:00:10Z', 39);
    expect(await runsOf('r07')).toEqual([['2026-03-27', 'success']]);
    expect(await runsOf('r08')).toEqual([
      ['2026-03-28', 'success'],
      ['2026-03-27', 'success'],
    ]);
  }, 120_000);
});
