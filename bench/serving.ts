/**
 * The local endpoint under load, beside the same model folder behind MLflow's scoring server and behind FastAPI: requests a
 * second and p99 of single predictions at 1, 8 and 32 clients, in turns. Then traffic goes over to another version and comes
 * back while clients ask: no request may be lost.
 *
 *   npm run bench:serving [-- <requests a measurement, 400 unless said>]
 *
 * For the peers it makes a virtual environment (minutes, once), or takes the interpreter that PYTHON names; without Python it
 * says so and our side runs alone. All on 127.0.0.1; ends by itself. Exit code 1 when a request is lost.
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { creditRows } from '../test/support/registered-model';
import { load, type Measured } from './support/load';

const ROOT = join(__dirname, '..');
const CACHE = join(ROOT, 'node_modules', '.cache', 'millrace', 'bench-serving');
const PACKAGES = ['mlflow', 'fastapi', 'uvicorn', 'onnxruntime', 'onnx', 'pandas'];
const CLIENTS = [1, 8, 32];
const START_MS = 120_000;
const requests = Number(process.argv[2] ?? 400);
const rows = creditRows().map(({ fields }) => fields);
const records = (number: number) => JSON.stringify({ records: [rows[number % rows.length]] });

interface Server {
  readonly name: string;
  readonly url: string;
  readonly body: (request: number) => string;
  before?: () => Promise<unknown>;
}

const children: ChildProcess[] = [];

async function main(): Promise<number> {
  const scratch = mkdtempSync(join(tmpdir(), 'millrace-bench-serving-'));
  try {
    const ours = await startOurs(scratch);
    process.stdout.write(
      `Logistic regression on 20 columns, ${ours.bytes} bytes of ONNX; ${requests} requests each.\n`,
    );
    const servers: Server[] = [
      { name: 'millrace', url: ours.url, body: records, before: () => ours.tell('log 1') },
      { name: 'millrace, no log', url: ours.url, body: records, before: () => ours.tell('log 0') },
      ...(await peers(ours.folder)),
    ];
    await measure(servers);
    const lost = await shift(ours);
    await ours.tell('end').catch(() => {});
    return lost === 0 ? 0 : 1;
  } finally {
    for (const child of children) child.kill();
    rmSync(scratch, { recursive: true, force: true });
  }
}

async function measure(servers: readonly Server[]): Promise<void> {
  for (const { url, body } of servers) await load({ url, clients: 4, requests: 40, body });
  const table: string[][] = [['server', ...CLIENTS.flatMap((n) => [`${n}: req/s`, 'p50 ms', 'p99 ms'])]];
  const found = new Map<string, Measured[]>(servers.map(({ name }) => [name, []]));
  for (const clients of CLIENTS)
    for (const { name, url, body, before } of servers) {
      await before?.();
      const measured = await load({ url, clients, requests, body });
      if (measured.statuses[200] !== requests)
        throw new Error(`${name} answered ${JSON.stringify(measured.statuses)} of ${requests} requests.`);
      found.get(name)?.push(measured);
    }
  for (const [name, all] of found)
    table.push([name, ...all.flatMap((one) => [one.perSecond, one.p50, one.p99].map((n) => n.toFixed(1)))]);
  const widths = table[0]!.map((_, c) => Math.max(...table.map((row) => row[c]?.length ?? 0)));
  for (const row of table)
    process.stdout.write(
      `${row.map((cell, c) => (c === 0 ? cell.padEnd(widths[c]!) : cell.padStart(widths[c]!))).join('  ')}\n`,
    );
}

/** Returns how many of the requests got no answer. */
async function shift(ours: Ours): Promise<number> {
  // Long enough for functions to hear of the change: they ask for the state of an endpoint once a second.
  const count = 12 * requests;
  const versions: Record<string, number> = {};
  let changing: Promise<unknown> = Promise.resolve();
  const { statuses } = await load({
    url: ours.url,
    clients: 8,
    requests: count,
    body: records,
    answered: (answered, _status, text) => {
      const version = /"version":"(\d+)"/.exec(text)?.[1] ?? 'none';
      versions[version] = (versions[version] ?? 0) + 1;
      if (answered === Math.floor(count / 3)) changing = ours.tell('shift');
      if (answered === Math.floor((2 * count) / 3)) changing = changing.then(() => ours.tell('back'));
    },
  });
  await changing;
  const lost = count - (statuses[200] ?? 0);
  const shares = Object.entries(versions).map(([version, n]) => `${n} by version ${version}`);
  process.stdout.write(
    `\nA shift of half the traffic and a roll back under 8 clients: ${lost} of ${count} requests lost (${shares.join(', ')}).\n`,
  );
  if (versions['2'] === undefined)
    throw new Error('No request came to the new version: make more, `npm run bench:serving -- 1000`.');
  return lost;
}

interface Ours {
  readonly url: string;
  readonly folder: string;
  readonly bytes: number;
  tell(command: string): Promise<unknown>;
}

async function startOurs(scratch: string): Promise<Ours> {
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', join(ROOT, 'bench', 'support', 'serving-ours.ts'), scratch],
    { cwd: ROOT, stdio: ['pipe', 'pipe', 'inherit'] },
  );
  children.push(child);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const said = async () => {
    for (;;) {
      const { value, done } = await lines.next();
      if (done === true) throw new Error('The local cloud has ended.');
      if (value.startsWith('{')) return JSON.parse(value) as Omit<Ours, 'tell'>;
    }
  };
  const ready = await said();
  return {
    ...ready,
    tell: (command) => {
      child.stdin.write(`${command}\n`);
      return said();
    },
  };
}

/** Both servers of Python, when they can be had. */
async function peers(folder: string): Promise<Server[]> {
  const python = findPython();
  if (python === undefined) return [];
  const split = (number: number) => {
    const row = rows[number % rows.length] ?? {};
    return JSON.stringify({ dataframe_split: { columns: Object.keys(row), data: [Object.values(row)] } });
  };
  const one = async (
    name: string,
    args: readonly string[],
    port: number,
    path: string,
    body: typeof split,
  ) => {
    // MLflow calls uvicorn by its name.
    const PATH = `${join(python, '..')}:${process.env['PATH'] ?? ''}`;
    const child = spawn(python, [...args], {
      stdio: ['ignore', 'ignore', 'ignore'],
      env: { ...process.env, PATH },
    });
    children.push(child);
    const base = `http://127.0.0.1:${port}`;
    for (const end = Date.now() + START_MS; ; await new Promise((resolve) => setTimeout(resolve, 250))) {
      if (child.exitCode !== null || Date.now() > end) {
        process.stdout.write(`${name} did not start: ${python} ${args.join(' ')}\n`);
        return [];
      }
      if (
        await fetch(`${base}/ping`).then(
          ({ ok }) => ok,
          () => false,
        )
      )
        return [{ name, url: `${base}${path}`, body }];
    }
  };
  const [a, b] = [await freePort(), await freePort()];
  const serve = [
    '-m',
    'mlflow',
    'models',
    'serve',
    '-m',
    folder,
    '--env-manager',
    'local',
    '-h',
    '127.0.0.1',
  ];
  return [
    ...(await one('mlflow models serve', [...serve, '-p', String(a)], a, '/invocations', split)),
    ...(await one(
      'FastAPI',
      [join(ROOT, 'bench', 'support', 'serving_peer.py'), folder, String(b)],
      b,
      '/predict',
      records,
    )),
  ];
}

/** `undefined`, and says so, when there is none with the packages. */
function findPython(): string | undefined {
  const check = ['-c', PACKAGES.map((name) => `import ${name}`).join('; ')];
  const has = (python: string) => spawnSync(python, check, { stdio: 'ignore' }).status === 0;
  const named = process.env['PYTHON'];
  if (named !== undefined && has(named)) return named;
  const python = join(CACHE, 'bin', 'python');
  if (existsSync(python) && has(python)) return python;
  process.stdout.write(`Making a virtual environment with ${PACKAGES.join(', ')}. This is done once.\n`);
  const made =
    spawnSync('python3', ['-m', 'venv', CACHE], { stdio: 'ignore' }).status === 0 &&
    spawnSync(python, ['-m', 'pip', 'install', '--quiet', ...PACKAGES], {
      stdio: ['ignore', 'ignore', 'inherit'],
    }).status === 0;
  if (made && has(python)) return python;
  process.stdout.write(
    'Without the peers: they need Python 3 with venv, and a package index that pip reaches.\n',
  );
  return undefined;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    for (const child of children) child.kill();
    process.exit(1);
  },
);
