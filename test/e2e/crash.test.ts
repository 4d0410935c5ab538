/**
 * The local cloud is killed with SIGKILL at 20 moments, spread over the length of a run and over the start of a process.
 * Whoever comes next takes each run to its end as if nothing had happened: all tasks done once, one version more in the registry.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import type { ModelView } from '../../lib/cli/model-queries';
import type { RunView } from '../../lib/cli/run-view';
import { Random } from '../../lib/ml/random';
import { environment, ROOT } from '../support/millrace';

const KILLS = 20;
/** Of so many kills one hits a process that has only begun to start; the others hit it within a run. */
const EVERY = 4;

type Line = { readonly began: string } | Ended;

interface Ended {
  readonly ended: string;
  readonly milliseconds: number;
  readonly run: RunView;
  readonly successes: readonly string[];
  readonly models: readonly ModelView[];
}

/** A process that takes the runs of these tokens to their end. */
function open(directory: string, tokens: readonly string[]) {
  const opened = Date.now();
  const child = spawn(
    process.execPath,
    [join(ROOT, 'test', 'support', 'crash-run.js'), directory, ...tokens],
    { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'], env: environment() },
  );
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const lines: Line[] = [];
  const waiting = new Set<() => void>();
  const wake = () => waiting.forEach((look) => look());
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(JSON.parse(line) as Line);
    wake();
  });
  let over = false;
  const exited = new Promise<void>((resolve) =>
    child.once('close', () => {
      over = true;
      wake();
      resolve();
    }),
  );
  const line = <T extends Line>(isIt: (line: Line) => line is T) =>
    new Promise<T>((resolve, reject) => {
      const look = () => {
        const found = lines.find(isIt);
        if (found === undefined && !over) return;
        waiting.delete(look);
        if (found === undefined) reject(new Error(`The process has ended with ${child.exitCode}: ${stderr}`));
        else resolve(found);
      };
      waiting.add(look);
      look();
    });
  return {
    opened,
    began: (token: string) => line((at): at is { began: string } => 'began' in at && at.began === token),
    ended: (token: string) => line((at): at is Ended => 'ended' in at && at.ended === token),
    kill: async () => {
      child.kill('SIGKILL');
      await exited;
    },
    close: async () => {
      await exited;
      expect({ code: child.exitCode, stderr: child.exitCode === 0 ? '' : stderr }).toEqual({
        code: 0,
        stderr: '',
      });
    },
  };
}

/** As if nothing had happened; `i` is how many runs there were before this one. */
function checkEnd(i: number, { run, successes, models }: Ended): void {
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

describe('kill -9 of the local cloud', () => {
  const base = mkdtempSync(join(tmpdir(), 'millrace-crash-'));
  const directory = join(base, '.millrace');
  afterAll(() => rmSync(base, { recursive: true, force: true }));

  it(`at ${KILLS} moments changes nothing about how runs end`, async () => {
    const random = new Random(20_261_121);
    // How long a start and a run take here, undisturbed: the moments are spread over that.
    const first = open(directory, ['crash-0']);
    await first.began('crash-0');
    const whole = await first.ended('crash-0');
    checkEnd(0, whole);
    await first.close();

    let startMs = 0;
    let begun = 0;
    for (let kills = 0; kills < KILLS; kills++) {
      // Each slice of the run, and of the start, gets one kill, at random within the slice.
      const slice = (of: number, nth: number) => (nth + random.uniform()) / of;
      const nth = Math.floor(kills / EVERY);
      if (kills % EVERY === EVERY - 1) {
        const victim = open(directory, [`crash-${begun}`]);
        await pause(slice(KILLS / EVERY, nth) * startMs);
        await victim.kill();
        continue;
      }
      const unfinished = begun === 0 ? [] : [`crash-${begun}`];
      const last = begun++;
      const next = `crash-${begun}`;
      const victim = open(directory, [...unfinished, next]);
      if (last > 0) checkEnd(last, await victim.ended(`crash-${last}`));
      else startMs = (await victim.began(next), Date.now() - victim.opened);
      await victim.began(next);
      await pause(slice(KILLS - KILLS / EVERY, kills - nth) * whole.milliseconds);
      await victim.kill();
    }
    const heir = open(directory, [`crash-${begun}`]);
    checkEnd(begun, await heir.ended(`crash-${begun}`));
    await heir.close();
  }, 900_000);
});
