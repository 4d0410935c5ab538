/**
 * Tracking here and with `mlflow server`, asked by the same client: milliseconds of each call, and how many times longer MLflow
 * takes. Runs to search are written into both stores beforehand.
 *
 *   npm run bench:tracking [-- --runs 1000,10000,100000 --points 100000 --times 20 --ours]
 *
 * The peer needs a Python with mlflow, which `npm run check:mlflow` makes, or the one that PYTHON names. With MLFLOW_BACKEND
 * (e.g. postgresql://user@127.0.0.1/mlflow, with psycopg2 in that Python) it uses that database, else SQLite. `--ours` leaves
 * the peer out.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { mlflowGuest } from '../lib/mlflow/guest';
import { startLocalAws } from '../test/support/local-aws';
import { seedRuns } from './support/tracking-seed';

const SUPPORT = join(__dirname, 'support');
const CACHED = join(
  __dirname,
  '..',
  'node_modules',
  '.cache',
  'millrace',
  'check-mlflow',
  'newest',
  'bin',
  'python',
);
const PYTHON = process.env['PYTHON'] ?? (existsSync(CACHED) ? CACHED : 'python3');

type Figures = Readonly<Record<string, number>>;

function option(name: string, otherwise: string): string {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? otherwise : (process.argv[at + 1] ?? otherwise);
}
const SIZES = option('runs', '1000,10000,100000').split(',').map(Number);
const POINTS = Number(option('points', '100000'));
const TIMES = Number(option('times', '20'));

async function newExperiments(uri: string): Promise<Record<string, string>> {
  const ids = SIZES.map(async (size) => {
    const answer = await fetch(`${uri}/api/2.0/mlflow/experiments/create`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name: `runs-${size}` }),
    });
    return [size, ((await answer.json()) as { experiment_id: string }).experiment_id] as const;
  });
  return Object.fromEntries(await Promise.all(ids)) as Record<string, string>;
}

async function measured(uri: string, sizes: Readonly<Record<string, string>>): Promise<Figures> {
  const asked = JSON.stringify({ sizes, points: POINTS, times: TIMES });
  const child = spawn(PYTHON, [join(SUPPORT, 'tracking_client.py'), asked], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, MLFLOW_TRACKING_URI: uri },
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const code = await new Promise((resolve) => child.once('close', resolve));
  if (code !== 0) throw new Error(`The client against ${uri} failed with ${String(code)}.`);
  return JSON.parse(output) as Figures;
}

async function ours(): Promise<Figures> {
  const aws = await startLocalAws([mlflowGuest]);
  try {
    const sizes = await newExperiments(aws.url);
    for (const [size, id] of Object.entries(sizes)) await seedRuns(id, Number(size));
    return await measured(aws.url, sizes);
  } finally {
    await aws.stop();
  }
}

async function peer(): Promise<Figures> {
  const directory = mkdtempSync(join(tmpdir(), 'millrace-bench-tracking-'));
  const backend = process.env['MLFLOW_BACKEND'] ?? `sqlite:///${join(directory, 'mlflow.db')}`;
  const port = await freePort();
  const server = spawn(
    PYTHON,
    [
      '-m',
      'mlflow',
      'server',
      '--backend-store-uri',
      backend,
      '--artifacts-destination',
      join(directory, 'artifacts'),
      '--host',
      '127.0.0.1',
      '--port',
      String(port),
      '--workers',
      '1',
    ],
    { stdio: 'ignore', detached: true, env: { ...process.env, MLFLOW_DISABLE_TELEMETRY: 'true' } },
  );
  const uri = `http://127.0.0.1:${port}`;
  try {
    await isUp(uri, server);
    const sizes = await newExperiments(uri);
    const runs = JSON.stringify(
      Object.fromEntries(Object.entries(sizes).map(([size, id]) => [id, Number(size)])),
    );
    const seeded = spawnSync(PYTHON, [join(SUPPORT, 'tracking_seed.py'), backend, runs], {
      stdio: 'inherit',
    });
    if (seeded.status !== 0) throw new Error("MLflow's database could not be filled.");
    return await measured(uri, sizes);
  } finally {
    // Its workers are processes of its own group.
    if (server.pid !== undefined && server.exitCode === null) process.kill(-server.pid, 'SIGTERM');
    rmSync(directory, { recursive: true, force: true });
  }
}

async function isUp(uri: string, server: ChildProcess): Promise<void> {
  for (let waited = 0; waited < 300; waited++) {
    if (server.exitCode !== null)
      throw new Error(`mlflow server ended with ${server.exitCode}; is mlflow in ${PYTHON}?`);
    const answer = await fetch(`${uri}/health`).catch(() => undefined);
    if (answer?.ok === true) return;
    await sleep(1000);
  }
  throw new Error('mlflow server did not come up within five minutes.');
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function main(): Promise<void> {
  const mine = await ours();
  const theirs = process.argv.includes('--ours') ? undefined : await peer();
  const backend = (process.env['MLFLOW_BACKEND'] ?? 'sqlite').split(':')[0];
  const cell = (value: number | undefined) => (value === undefined ? '' : value.toFixed(1)).padStart(12);
  process.stdout.write(
    `${''.padEnd(56)}${'ours, ms'.padStart(12)}${`${backend}, ms`.padStart(18)}${'ratio'.padStart(9)}\n`,
  );
  for (const [name, value] of Object.entries(mine)) {
    const other = theirs?.[name];
    const ratio = other === undefined ? '' : (other / value).toFixed(1);
    process.stdout.write(`${name.padEnd(56)}${cell(value)}${cell(other).padStart(18)}${ratio.padStart(9)}\n`);
  }
}

void main();
