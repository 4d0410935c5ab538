/**
 * What a stranger gets: `npm run check:pipelines [pipeline…]` runs each shipped pipeline alone, on a state of its own and with
 * nothing on the PATH but Node, and looks at what it leaves. A quarter of an hour for all of them.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunView } from '../../lib/cli/run-view';
import { LEFT_BEHIND, type Left } from './left-behind';

const ROOT = join(__dirname, '..', '..');
const base = mkdtempSync(join(tmpdir(), 'millrace-fresh-'));

interface Answer {
  readonly code: number | null;
  readonly value: unknown;
  readonly stderr: string;
}

/** A command under `--json`, with a PATH of Node alone. */
function millrace(directory: string, ...args: string[]): Answer {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(ROOT, 'bin', 'millrace.js'), ...args, '--json', '--directory', directory],
    {
      cwd: ROOT,
      encoding: 'utf8',
      // What is alike for all of them is bundled once.
      env: {
        PATH: join(base, 'bin'),
        HOME: join(base, 'home'),
        TMPDIR: tmpdir(),
        MILLRACE_BUNDLE_CACHE: join(base, 'bundles'),
      },
      maxBuffer: 64 * 2 ** 20,
    },
  );
  return { code: status, value: stdout === '' ? undefined : JSON.parse(stdout), stderr };
}

function look(directory: string, { code, value, stderr }: Answer): Left {
  const run = value as RunView;
  const asked = (...args: string[]) => millrace(directory, ...args).value;
  const there = existsSync(join(directory, 'format.json'));
  return {
    code,
    stderr,
    error: (value as { readonly error?: Left['error'] } | undefined)?.error,
    status: run.status,
    tasks: Object.fromEntries((run.tasks ?? []).map(({ id, state }) => [id, state])),
    out: Object.fromEntries((run.tasks ?? []).map(({ id, out }) => [id, out])),
    runs: there ? (asked('runs') as Left['runs']) : [],
    models: there ? (asked('models') as Left['models']) : [],
    endpoints: there ? (asked('deployments') as Left['endpoints']) : [],
    connections: there ? (asked('connections', 'list') as Left['connections']) : [],
  };
}

function main(): number {
  mkdirSync(join(base, 'bin'));
  mkdirSync(join(base, 'home'));
  symlinkSync(process.execPath, join(base, 'bin', 'node'));
  const named = process.argv.slice(2);
  const wanted = named.length === 0 ? Object.keys(LEFT_BEHIND) : named;
  let failed = 0;
  for (const id of wanted) {
    const directory = join(base, id);
    const began = Date.now();
    try {
      const check = LEFT_BEHIND[id];
      if (check === undefined)
        throw new Error(`There is no '${id}'; there are ${Object.keys(LEFT_BEHIND).join(', ')}.`);
      const left = look(directory, millrace(directory, 'run', id));
      process.stdout.write(`${id}: ${check(left)} (${Math.round((Date.now() - began) / 1000)} s)\n`);
    } catch (error) {
      failed += 1;
      process.stdout.write(`${id}: FAILED. ${(error as Error).message}\n`);
    }
    rmSync(directory, { recursive: true, force: true });
  }
  rmSync(base, { recursive: true, force: true });
  process.stdout.write(`${wanted.length - failed} of ${wanted.length} leave what they should.\n`);
  return failed === 0 ? 0 : 1;
}

process.exitCode = main();
