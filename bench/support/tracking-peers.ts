/** Where `mlflow` is for the benchmark, and what it needs besides for PostgreSQL. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const CACHE = join(__dirname, '..', '..', 'node_modules', '.cache', 'millrace');
const CHECKED = join(CACHE, 'check-mlflow', 'newest', 'bin', 'python');
const DRIVER = join(CACHE, 'bench-tracking', 'psycopg2');

/** PYTHON, or the environment that `npm run check:mlflow` makes, or `python3`. */
export const PYTHON = process.env['PYTHON'] ?? (existsSync(CHECKED) ? CHECKED : 'python3');

/** For MLflow's server and for what fills its database. */
export function peerEnvironment(): NodeJS.ProcessEnv {
  return { ...process.env, MLFLOW_DISABLE_TELEMETRY: 'true', PYTHONPATH: DRIVER };
}

/** @returns why there is no driver of PostgreSQL, or `undefined` when there is one; it is installed once, beside the environment */
export function lacksDriver(): string | undefined {
  const has = (): boolean =>
    spawnSync(PYTHON, ['-c', 'import psycopg2'], { env: peerEnvironment() }).status === 0;
  if (has()) return undefined;
  const { stderr } = spawnSync(
    PYTHON,
    ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--target', DRIVER, 'psycopg2-binary'],
    { encoding: 'utf8' },
  );
  return has() ? undefined : `psycopg2 cannot be installed: ${stderr.trim().split('\n').at(-1)}`;
}
