/**
 * The local cloud is killed with SIGKILL at random moments while runs wait for slots, tasks for a pool, and a backfill goes
 * on. Whoever asked asks again, as events do. In the end every run was there once, and nothing is held or waits any more.
 */
import { execFile, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Random } from '../../lib/ml/random';
import { environment, ROOT } from '../support/millrace';
import type { Orchestrated } from '../support/orchestrated';
import { temporaryProject } from '../support/temporary-project';

const KILLS = 5;
/** As many are started by hand, and as many are dates of a backfill. Each process asks for one more than the one before. */
const RUNS = 7;
/** From the moment in which it is up. */
const SPAN_MS = 2000;
const SEED = Number(process.env['SEED'] ?? 20_261_121);

const CONTRACT = `import { contract, z } from '../../lib';
export default contract({ name: 'pass', summary: 'Goes through the door.', input: z.object({}), output: z.object({}) });
`;
const HANDLER = `import { setTimeout as pause } from 'node:timers/promises';
import { taskHandler } from '../../lib/runtime/task-handler';
import contract from './contract';
export const handler = taskHandler(contract, async () => {
  await pause(60);
  return {};
});
`;
const DEFINITION = `import { daily, pipeline, pool, task } from '../lib';
import contract from '../lambdas/pass/contract';
const door = pool('door', 1);
const pass = task(contract);
export default pipeline(
  { id: 'narrow', description: 'Three at a time, one through the door.', schedule: daily, startDate: '2026-01-01', maxActiveRuns: 3 },
  () => {
    pass('left', {}, { pool: door });
    pass('right', {}, { pool: door });
  },
);
`;

describe('kill -9 while runs queue', () => {
  const project = temporaryProject({
    'pipelines/narrow.ts': DEFINITION,
    'lambdas/pass/contract.ts': CONTRACT,
    'lambdas/pass/handler.ts': HANDLER,
  });
  const assembly = join(project.root, 'cdk.out');
  afterAll(() => project.remove());
  const node = (...args: string[]) => ['--require', 'tsx/cjs', ...args];

  function open(runs: number) {
    const child = spawn(
      process.execPath,
      node(join(ROOT, 'test', 'support', 'orchestrated.ts'), project.state, assembly, String(runs)),
      { cwd: ROOT, env: environment(), stdio: ['ignore', 'pipe', 'pipe'] },
    );
    const lines: string[] = [];
    let errors = '';
    const up = new Promise<void>((resolve) => {
      createInterface({ input: child.stdout }).on('line', (line) => {
        lines.push(line);
        resolve();
      });
    });
    child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
    const exited = new Promise<number | null>((resolve) => child.once('close', resolve));
    return { child, up, exited, lines, errors: () => errors };
  }

  it('loses no run, doubles none, and leaks no slot', async () => {
    await promisify(execFile)(
      process.execPath,
      node(join(ROOT, 'test', 'support', 'synthesise-shipped.ts'), assembly, project.root),
      { cwd: ROOT, env: environment() },
    );
    const random = new Random(SEED);
    for (let i = 0; i < KILLS; i++) {
      const victim = open(RUNS - KILLS + i);
      await Promise.race([victim.up, victim.exited]);
      await Promise.race([pause(random.uniform() * SPAN_MS), victim.exited]);
      victim.child.kill('SIGKILL');
      await victim.exited;
    }
    const heir = open(RUNS);
    const code = await heir.exited;
    expect({ seed: SEED, code, errors: code === 0 ? '' : heir.errors() }).toEqual({
      seed: SEED,
      code: 0,
      errors: '',
    });
    const end = JSON.parse(heir.lines.at(-1) ?? '') as Orchestrated;
    expect({ statuses: end.statuses, unfinished: end.unfinished, left: end.left }).toEqual({
      statuses: { success: 2 * RUNS },
      unfinished: [],
      left: { queue: 0, slots: 0, pool: 0, waiting: 0 },
    });
    // One execution for each run, and one run for each request and each date.
    expect(end.executions.toSorted()).toEqual(end.runs.map(({ runId }) => runId).sort());
    const dates = end.runs
      .filter(({ trigger }) => trigger === 'backfill')
      .map(({ logicalDate }) => logicalDate);
    expect(dates.sort()).toEqual(Array.from({ length: RUNS }, (_, i) => `2026-01-0${i + 1}T00:00:00.000Z`));
    expect(end.most.runs).toBeLessThanOrEqual(3);
    expect(end.most.tasks).toBeLessThanOrEqual(1);
  }, 180_000);
});
