/** `.millrace/`: ours, whole, and in the hands of one process at a time. */
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { open, type RootDatabase } from 'lmdb';
import { storeFileFault } from './store-file';

const FORMAT = 1;
/** With `never` the state outlives a killed process, not a machine that fails: for states that nobody wants to keep. */
const FLUSH = 'MILLRACE_FLUSH';

/** A fault of the state directory, with what to do about it. */
export class StateDirectoryError extends Error {
  override readonly name = 'Millrace.StateDirectory';

  constructor(
    message: string,
    readonly remedy: string,
    cause?: unknown,
  ) {
    super(message, { cause });
  }
}

/** All that the local cloud and the command line put into it. */
const OURS = new Set([
  'format.json',
  'state',
  'objects',
  'cdk.out',
  'code-cache',
  'console',
  'functions',
  'python',
  'server.json',
  'server.json.new',
]);

/** What killed commands leave of the programs beside them. */
const BESIDE = /^beside-.+\.json$/;

/** What somebody else has put into the directory. */
export function foreignEntries(directory: string): string[] {
  return readdirSync(directory).filter((entry) => !OURS.has(entry) && !BESIDE.test(entry));
}

export interface ServerInfo {
  readonly pid: number;
  readonly port: number;
  readonly url: string;
}

/** Whether the directory may be taken into use; nothing is written. @throws StateDirectoryError */
export function checkStateDirectory(directory: string): void {
  const marker = markerOf(directory);
  if (existsSync(directory) && !statSync(directory).isDirectory()) {
    throw new StateDirectoryError(`${directory} is a file.`, 'Name a folder with --directory.');
  }
  const entries = existsSync(directory) ? readdirSync(directory) : [];
  if (entries.length > 0 && !existsSync(marker) && entries.some((entry) => entry !== 'cdk.out')) {
    throw new StateDirectoryError(
      `${directory} is not a state directory of millrace: it holds ${entries.slice(0, 3).join(', ')}.`,
      'Name another directory with --directory, or move what is in there away.',
    );
  }
  if (existsSync(marker)) {
    const format = formatOf(marker);
    if (format === undefined || format > FORMAT) {
      throw new StateDirectoryError(
        format === undefined
          ? `${marker} is damaged.`
          : `${directory} was written by a newer millrace (format ${format}).`,
        'Move the directory away and start afresh, or update millrace.',
      );
    }
  }
  const other = readServerInfo(directory);
  if (other !== undefined && other.pid !== process.pid && isAlive(other.pid)) {
    throw new StateDirectoryError(
      `${directory} is in use by process ${other.pid} (${other.url}).`,
      'Let it do the work, stop it, or name another directory with --directory.',
    );
  }
  const fault = storeFileFault(join(directory, 'state', 'data.mdb'));
  if (fault !== undefined) throw new StateDirectoryError(fault, 'Move the directory away and start afresh.');
}

/** Takes the directory into use; makes it when it is not there. @throws StateDirectoryError before anything is written */
export function openStateDirectory(directory: string): RootDatabase {
  checkStateDirectory(directory);
  const marker = markerOf(directory);
  try {
    mkdirSync(join(directory, 'state'), { recursive: true });
    if (!existsSync(marker)) writeFileSync(marker, `${JSON.stringify({ format: FORMAT })}\n`);
    return open({
      path: join(directory, 'state'),
      maxDbs: 64,
      encoding: 'json',
      compression: false,
      // One flush a transaction and not two, of all its pages before the page that makes them current. A killed process loses
      // nothing; when the machine itself fails, the last transaction may be undone as a whole, and the state is one of before.
      overlappingSync: false,
      noMetaSync: true,
      noSync: process.env[FLUSH] === 'never',
    });
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
    const full = code === 'ENOSPC';
    throw new StateDirectoryError(
      `${directory} cannot be used: ${cause instanceof Error ? cause.message : String(cause)}`,
      full
        ? 'The disk is full; make room.'
        : code === 'EACCES' || code === 'EROFS'
          ? 'Give write access, or name another directory with --directory.'
          : 'The state is damaged: move the directory away and start afresh.',
      cause,
    );
  }
}

export function writeServerInfo(directory: string, info: ServerInfo): void {
  const file = join(directory, 'server.json');
  writeFileSync(`${file}.new`, JSON.stringify(info));
  renameSync(`${file}.new`, file);
}

export function removeServerInfo(directory: string): void {
  rmSync(join(directory, 'server.json'), { force: true });
}

/** The server that uses the directory; one that was killed is none. */
export function readServerInfo(directory: string): ServerInfo | undefined {
  try {
    const info = JSON.parse(readFileSync(join(directory, 'server.json'), 'utf8')) as ServerInfo;
    return isAlive(info.pid) ? info : undefined;
  } catch {
    return undefined;
  }
}

function markerOf(directory: string): string {
  return join(directory, 'format.json');
}

function formatOf(marker: string): number | undefined {
  try {
    const { format } = JSON.parse(readFileSync(marker, 'utf8')) as { format?: unknown };
    return typeof format === 'number' ? format : undefined;
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
