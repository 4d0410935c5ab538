/** A PostgreSQL of one's own for a benchmark: a cluster in a folder for the time being, on 127.0.0.1, gone when it ends. */
import { spawn, spawnSync } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../test/support/free-port';

export interface Postgres {
  /** For SQLAlchemy with the driver psycopg2; its user may do everything and has no password. */
  readonly uri: string;
  readonly pid: number;
  readonly stop: () => Promise<void>;
}

/** Debian's folder of releases. */
const DEBIAN = '/usr/lib/postgresql';
const USER = 'bench';

/** Folder of `initdb` and `postgres`; `undefined` where PostgreSQL is not installed. */
export function postgresBinaries(): string | undefined {
  const releases = existsSync(DEBIAN) ? readdirSync(DEBIAN).sort((a, b) => Number(b) - Number(a)) : [];
  const places = [
    ...(process.env['PATH'] ?? '').split(':'),
    ...releases.map((release) => join(DEBIAN, release, 'bin')),
  ];
  return places.find((place) => existsSync(join(place, 'initdb')) && existsSync(join(place, 'postgres')));
}

/** @throws Error with what PostgreSQL says, when it does not start */
export async function startPostgres(binaries: string): Promise<Postgres> {
  const directory = mkdtempSync(join(tmpdir(), 'millrace-bench-postgres-'));
  // PostgreSQL refuses to be root.
  const as = process.getuid?.() === 0 ? accountOf('postgres') : {};
  if (as.uid !== undefined) chownSync(directory, as.uid, as.gid ?? 0);
  const data = join(directory, 'data');
  const made = spawnSync(
    join(binaries, 'initdb'),
    ['-D', data, '-U', USER, '-A', 'trust', '-E', 'UTF8', '--no-locale'],
    {
      ...as,
      cwd: directory,
      encoding: 'utf8',
    },
  );
  if (made.status !== 0) throw new Error(`initdb failed: ${made.stderr}`);
  const port = await freePort();
  const server = spawn(
    join(binaries, 'postgres'),
    ['-D', data, '-h', '127.0.0.1', '-p', String(port), '-c', 'unix_socket_directories='],
    { ...as, cwd: directory, stdio: ['ignore', 'ignore', 'pipe'] },
  );
  let said = '';
  server.stderr.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-4000)));
  const endAtOnce = () => {
    if (server.exitCode === null && server.signalCode === null) server.kill('SIGQUIT');
    rmSync(directory, { recursive: true, force: true });
  };
  process.once('exit', endAtOnce);
  const stop = async (): Promise<void> => {
    if (server.exitCode === null && server.signalCode === null) {
      const ended = new Promise((resolve) => server.once('close', resolve));
      server.kill('SIGINT');
      await ended;
    }
    rmSync(directory, { recursive: true, force: true });
    process.removeListener('exit', endAtOnce);
  };
  for (let waited = 0; waited < 600; waited++) {
    if (said.includes('ready to accept connections'))
      return { uri: `postgresql+psycopg2://${USER}@127.0.0.1:${port}/postgres`, pid: server.pid ?? 0, stop };
    if (server.exitCode !== null) break;
    await sleep(100);
  }
  await stop();
  throw new Error(`PostgreSQL did not start: ${said}`);
}

function accountOf(name: string): { uid?: number; gid?: number } {
  const number = (flag: string): number => Number(spawnSync('id', [flag, name], { encoding: 'utf8' }).stdout);
  const [uid, gid] = [number('-u'), number('-g')];
  if (!(uid > 0)) throw new Error(`PostgreSQL does not run as root, and there is no account '${name}' here.`);
  return { uid, gid };
}
