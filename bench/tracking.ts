/**
 * Tracking here and with `mlflow server`, asked by the same client: milliseconds of each call on the clock, milliseconds of
 * processor that the server takes for it (Linux), and how many times more MLflow takes. All servers are up at the same time and
 * are asked in turn, so that what else the machine does disturbs all alike. Runs to search are written into the stores
 * beforehand.
 *
 *   npm run bench:tracking [-- --runs 1000,10000,100000 --points 100000 --times 20 --peers sqlite,postgresql]
 *
 * The peers need a Python with mlflow, which `npm run check:mlflow` makes, or the one that PYTHON names. For `postgresql` a
 * cluster of its own is made for the time being, where PostgreSQL is installed (Debian: apt-get install postgresql); else it is
 * left out, and that is said. `--peers none` measures only ours.
 */
import { spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { mlflowGuest } from '../lib/mlflow/guest';
import { startLocalAws } from '../test/support/local-aws';
import { startMlflowServer } from '../test/support/mlflow-server';
import { postgresBinaries, startPostgres } from './support/postgres';
import { lacksDriver, peerEnvironment, PYTHON } from './support/tracking-peers';
import { seedRuns } from './support/tracking-seed';

const SUPPORT = join(__dirname, 'support');

/** A server that is asked. */
interface Asked {
  readonly name: string;
  readonly uri: string;
  /** Processes whose time, with that of their children, is its own. */
  readonly pids: readonly number[];
  /** Experiments by the number of their runs. */
  readonly sizes: Readonly<Record<string, string>>;
}
type Stop = () => Promise<void>;
/** What was measured, by name and server. */
type Figures = Readonly<
  Record<string, Readonly<Record<string, { readonly ms: number; readonly cpu: number }>>>
>;

function option(name: string, otherwise: string): string {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? otherwise : (process.argv[at + 1] ?? otherwise);
}
const SIZES = option('runs', '1000,10000,100000').split(',').map(Number);
const POINTS = Number(option('points', '100000'));
const TIMES = Number(option('times', '20'));
const PEERS = option('peers', 'sqlite,postgresql').split(',');

async function newExperiments(uri: string): Promise<Record<string, string>> {
  const made: Record<string, string> = {};
  for (const size of SIZES) {
    const answer = await fetch(`${uri}/api/2.0/mlflow/experiments/create`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name: `runs-${size}` }),
    });
    if (!answer.ok) throw new Error(`${uri}: ${answer.status} ${await answer.text()}`);
    made[size] = ((await answer.json()) as { experiment_id: string }).experiment_id;
  }
  return made;
}

async function ours(stops: Stop[]): Promise<Asked> {
  const aws = await startLocalAws([mlflowGuest]);
  stops.push(async () => aws.stop());
  const sizes = await newExperiments(aws.url);
  for (const [size, id] of Object.entries(sizes)) await seedRuns(id, Number(size));
  return { name: 'ours', uri: aws.url, pids: [process.pid], sizes };
}

/** @returns why the peer is left out, or the peer */
async function peer(name: string, stops: Stop[]): Promise<Asked | string> {
  if (name !== 'sqlite' && name !== 'postgresql') return 'known are sqlite, postgresql, none';
  const pids: number[] = [];
  let backend: string | undefined;
  if (name === 'postgresql') {
    const binaries = postgresBinaries();
    if (binaries === undefined)
      return 'PostgreSQL is not installed here (Debian: apt-get install postgresql)';
    const lacks = lacksDriver();
    if (lacks !== undefined) return lacks;
    const postgres = await startPostgres(binaries);
    stops.push(postgres.stop);
    pids.push(postgres.pid);
    backend = postgres.uri;
  }
  const environment = peerEnvironment();
  const server = await startMlflowServer({
    python: PYTHON,
    environment,
    ...(backend === undefined ? {} : { backend }),
  });
  stops.push(server.stop);
  pids.push(server.pid);
  const sizes = await newExperiments(server.uri);
  const runs = Object.fromEntries(Object.entries(sizes).map(([size, id]) => [id, Number(size)]));
  const seeded = spawnSync(
    PYTHON,
    [join(SUPPORT, 'tracking_seed.py'), server.backend, JSON.stringify(runs)],
    { stdio: 'inherit', env: environment },
  );
  if (seeded.status !== 0) throw new Error(`The database ${name} could not be filled.`);
  return { name, uri: server.uri, pids, sizes };
}

async function measured(servers: readonly Asked[]): Promise<Figures> {
  const asked = JSON.stringify({ servers, points: POINTS, times: TIMES });
  const child = spawn(PYTHON, [join(SUPPORT, 'tracking_client.py'), asked], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, MLFLOW_TRACKING_URI: servers[0]?.uri },
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const code = await new Promise((resolve) => child.once('close', resolve));
  if (code !== 0) throw new Error(`The client failed with ${String(code)}.`);
  return JSON.parse(output) as Figures;
}

function print(servers: readonly Asked[], figures: Figures): void {
  const line = (cells: readonly string[]) =>
    process.stdout.write(
      `${cells.map((cell, i) => (i === 0 ? cell.padEnd(52) : cell.padStart(18))).join('')}\n`,
    );
  line([
    'milliseconds (of processor)',
    ...servers.flatMap(({ name }, i) => (i === 0 ? [name] : [name, 'times ours'])),
  ]);
  for (const [what, by] of Object.entries(figures)) {
    const own = by['ours'];
    line([
      what,
      ...servers.flatMap(({ name }, i) => {
        const one = by[name];
        if (one === undefined || own === undefined) return ['', ''];
        const shown = `${one.ms.toFixed(1)} (${one.cpu.toFixed(1)})`;
        const times = `${(one.ms / own.ms).toFixed(1)} (${(one.cpu / own.cpu).toFixed(1)})`;
        return i === 0 ? [shown] : [shown, times];
      }),
    ]);
  }
}

async function main(): Promise<void> {
  const stops: Stop[] = [];
  try {
    const servers = [await ours(stops)];
    for (const name of PEERS.filter((one) => one !== 'none')) {
      const found = await peer(name, stops);
      if (typeof found === 'string') process.stdout.write(`Without ${name}: ${found}.\n`);
      else servers.push(found);
    }
    print(servers, await measured(servers));
  } finally {
    for (const stop of stops.reverse()) await stop();
  }
}

void main();
