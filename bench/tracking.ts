/**
 * Tracking here and with `mlflow server`, asked by the same client: milliseconds of each call on the clock, milliseconds of
 * processor that the server takes for it (Linux), and how many times more MLflow takes. All servers are up at the same time and
 * are asked in turn, so that what else the machine does disturbs all alike. Runs to search and the history to read are written
 * into the stores beforehand, past the servers: into MLflow's database by SQL, into ours where our table is kept.
 *
 *   npm run bench:tracking [-- --runs 1000,10000,100000 --points 100000 --times 20 --peers sqlite,postgresql]
 *
 * The peers need a Python with mlflow, which `npm run check:mlflow` makes, or the one that PYTHON names. For `postgresql` a
 * cluster of its own is made for the time being, where PostgreSQL is installed (Debian: apt-get install postgresql); else it is
 * left out, and that is said. `--peers none` measures only ours. What it is doing is told on stderr.
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { mlflowGuest } from '../lib/mlflow/guest';
import { startLocalAws } from '../test/support/local-aws';
import { startMlflowServer } from '../test/support/mlflow-server';
import { postgresBinaries, startPostgres } from './support/postgres';
import { stoppingAll, type Stops } from './support/stops';
import { lacksDriver, peerEnvironment, PYTHON } from './support/tracking-peers';
import { seededRunId, seedTracking } from './support/tracking-seed';

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

const begun = performance.now();

function tell(what: string): void {
  process.stderr.write(`[${((performance.now() - begun) / 1000).toFixed(0).padStart(5)} s] ${what}\n`);
}

async function ours(stops: Stops): Promise<Asked> {
  tell('ours starts');
  const aws = await startLocalAws([mlflowGuest]);
  stops.add(async () => aws.stop());
  const sizes = await newExperiments(aws.url);
  tell(`ours is filled with ${SIZES.join(' + ')} runs and ${POINTS} points, past DynamoDB's API`);
  await seedTracking(aws.directory, { runs: runsOf(sizes), points: POINTS });
  return { name: 'ours', uri: aws.url, pids: [process.pid], sizes };
}

/** Numbers of runs by experiment id. */
function runsOf(sizes: Readonly<Record<string, string>>): Record<string, number> {
  return Object.fromEntries(Object.entries(sizes).map(([size, id]) => [id, Number(size)]));
}

/** The first run of the smallest experiment: the peers' script takes the first one, too. */
function historyRun(sizes: Readonly<Record<string, string>>): string {
  return seededRunId(Object.values(sizes)[0] ?? '', 0);
}

/** @returns why the peer is left out, or the peer */
async function peer(name: string, stops: Stops): Promise<Asked | string> {
  if (name !== 'sqlite' && name !== 'postgresql') return 'known are sqlite, postgresql, none';
  const pids: number[] = [];
  let backend: string | undefined;
  if (name === 'postgresql') {
    const binaries = postgresBinaries();
    if (binaries === undefined)
      return 'PostgreSQL is not installed here (Debian: apt-get install postgresql)';
    const lacks = lacksDriver();
    if (lacks !== undefined) return lacks;
    tell('PostgreSQL starts');
    const postgres = await startPostgres(binaries);
    stops.add(postgres.stop);
    pids.push(postgres.pid);
    backend = postgres.uri;
  }
  tell(`mlflow server on ${name} starts`);
  const environment = peerEnvironment();
  const server = await startMlflowServer({
    python: PYTHON,
    environment,
    waiting: (seconds) => tell(`it has been starting for ${seconds} s`),
    ...(backend === undefined ? {} : { backend }),
  });
  stops.add(server.stop);
  pids.push(server.pid);
  const sizes = await newExperiments(server.uri);
  const runs = runsOf(sizes);
  tell(`its database is filled with ${SIZES.join(' + ')} runs and ${POINTS} points by SQL, past the server`);
  await python(stops, ['tracking_seed.py', server.backend, JSON.stringify({ runs, points: POINTS })]);
  return { name, uri: server.uri, pids, sizes };
}

/** What a script of ours prints. It ends with this process. */
async function python(stops: Stops, [script = '', ...args]: readonly string[]): Promise<string> {
  const child = spawn(PYTHON, ['-u', join(SUPPORT, script), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: peerEnvironment(),
  });
  stops.add(() => void child.kill());
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const code = await new Promise((resolve) => child.once('close', resolve));
  if (code !== 0) throw new Error(`${script} failed with ${String(code)}.`);
  return output;
}

async function measured(stops: Stops, servers: readonly Asked[]): Promise<Figures> {
  const run = Object.fromEntries(servers.map(({ name, sizes }) => [name, historyRun(sizes)]));
  const asked = { servers, points: POINTS, history: run, times: TIMES };
  return JSON.parse(await python(stops, ['tracking_client.py', JSON.stringify(asked)])) as Figures;
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

async function main(stops: Stops): Promise<void> {
  const servers = [await ours(stops)];
  for (const name of PEERS.filter((one) => one !== 'none')) {
    const found = await peer(name, stops);
    if (typeof found === 'string') process.stdout.write(`Without ${name}: ${found}.\n`);
    else servers.push(found);
  }
  print(servers, await measured(stops, servers));
}

void stoppingAll(main);
