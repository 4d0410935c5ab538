/**
 * The local cloud is killed with SIGKILL at 20 moments of a run, one per run, spread over its length. After the next
 * start each run ends as if nothing had happened: all tasks done once, one version more in the registry.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { ModelView } from '../../lib/cli/model-queries';
import type { RunView } from '../../lib/cli/run-view';
import { Random } from '../../lib/ml/random';

const ROOT = join(__dirname, '..', '..');
const KILLS = 20;
/** A run and the start of its process take about ten seconds on two cores. */
const SPAN_MS = 10_000;

interface Ended {
  readonly run: RunView;
  readonly successes: readonly string[];
  readonly models: readonly ModelView[];
}

function open(directory: string, token: string) {
  const child = spawn(process.execPath, [join(ROOT, 'test', 'support', 'crash-run.js'), directory, token], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], TMPDIR: process.env['TMPDIR'] ?? tmpdir() },
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
  return { child, exited, output: () => stdout, errors: () => stderr };
}

describe('kill -9 of the local cloud', () => {
  const base = mkdtempSync(join(tmpdir(), 'millrace-crash-'));
  const directory = join(base, '.millrace');
  afterAll(() => rmSync(base, { recursive: true, force: true }));

  it(`at ${KILLS} moments of a run changes nothing about how it ends`, async () => {
    const random = new Random(20_261_121);
    for (let i = 0; i < KILLS; i++) {
      const victim = open(directory, `crash-${i}`);
      // The moment is the point of the test: each slice of the run gets one kill, at random within the slice.
      await Promise.race([pause(((i + random.uniform()) / KILLS) * SPAN_MS), victim.exited]);
      victim.child.kill('SIGKILL');
      await victim.exited;

      const heir = open(directory, `crash-${i}`);
      const code = await heir.exited;
      expect({ i, code, errors: code === 0 ? '' : heir.errors() }).toEqual({ i, code: 0, errors: '' });
      const { run, successes, models } = JSON.parse(heir.output()) as Ended;
      expect({ i, status: run.status }).toEqual({ i, status: 'success' });
      expect(run.tasks.every((task) => task.state === 'success' || task.state === 'skipped')).toBe(true);
      expect({ i, twice: successes.filter((task, at) => successes.indexOf(task) !== at) }).toEqual({
        i,
        twice: [],
      });
      expect(models[0]?.versions).toHaveLength(i + 1);
      expect(
        models[0]?.versions
          .filter((version) => version.aliases.includes('champion'))
          .map((version) => version.version),
      ).toEqual(['1']);
      expect(models[0]?.events).toHaveLength(2 + 3 * i);
    }
  }, 900_000);
});
