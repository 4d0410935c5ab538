/**
 * A command with bash, in a process group of its own. Whatever happens, nothing of the group is left when this ends:
 * the next task of the same process starts on clean ground.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { DoNotRetry, MillraceError, Skipped } from '../../lib/model/errors';
import type { OutputOf } from '../../lib/tasks/contract';
import type { shell } from '../../lib/tasks/shell';

/** The command ended with a code other than 0 and 99. */
export class CommandFailed extends MillraceError {
  override readonly name = 'Millrace.CommandFailed';
}

/** This machine has no bash. */
export class ShellMissing extends DoNotRetry {
  override readonly name = 'Millrace.ShellMissing';
}

export interface Command {
  readonly command: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Working directory; `$MILLRACE_OUTPUT` lies in it. */
  readonly directory: string;
  readonly signal: AbortSignal;
  /** Gets every line of either stream. */
  readonly line: (text: string, stream: 'stdout' | 'stderr') => void;
}

export type CommandEnd = OutputOf<typeof shell>;

const SKIPPED = 99;
const MAX_LINE = 16_384;
/** Lines of the standard error that an error message quotes. */
const QUOTED = 10;

/** @throws CommandFailed, Skipped */
export async function runCommand({
  command,
  environment,
  directory,
  signal,
  line,
}: Command): Promise<CommandEnd> {
  signal.throwIfAborted();
  const output = join(directory, 'output.json');
  const bash = findBash();
  if (bash === undefined)
    throw new ShellMissing(
      `There is no bash in ${searchPath().join(', ')}. Install it, or make a TypeScript task of the command.`,
    );
  const child = spawn(bash, ['-euo', 'pipefail', '-c', command], {
    cwd: directory,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: searchPath().join(delimiter),
      LANG: 'C.UTF-8',
      HOME: directory,
      TMPDIR: directory,
      ...environment,
      MILLRACE_OUTPUT: output,
    },
  });
  const kill = (): void => {
    if (child.pid === undefined) return;
    try {
      process.kill(-child.pid, 'SIGKILL');
    } catch (error) {
      // The whole group has gone.
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  };
  signal.addEventListener('abort', kill);
  let lastLine = '';
  const errors: string[] = [];
  const read = async (stream: Readable, name: 'stdout' | 'stderr'): Promise<void> => {
    for await (const text of createInterface({ input: stream })) {
      const short = text.slice(0, MAX_LINE);
      line(short, name);
      if (short.trim() === '') continue;
      if (name === 'stdout') lastLine = short.trim();
      else {
        errors.push(short);
        if (errors.length > QUOTED) errors.shift();
      }
    }
  };
  try {
    const reading = Promise.all([read(child.stdout, 'stdout'), read(child.stderr, 'stderr')]);
    const [code, killedBy] = (await once(child, 'exit')) as [number | null, string | null];
    // Children in the background would keep the streams open.
    kill();
    await reading;
    signal.throwIfAborted();
    if (code === SKIPPED) throw new Skipped(lastLine === '' ? 'The command ended with code 99.' : lastLine);
    if (code !== 0)
      throw new CommandFailed(
        [
          `The command ended with ${code === null ? `the signal ${killedBy ?? ''}` : `code ${code}`}.`,
          ...errors,
        ].join('\n'),
      );
    return { lastLine, value: await valueIn(output) };
  } finally {
    signal.removeEventListener('abort', kill);
    kill();
  }
}

/** Where bash is; a function may have been started with a path that leaves the system's own folders out. */
export function findBash(): string | undefined {
  return searchPath()
    .map((folder) => join(folder, 'bash'))
    .find((file) => existsSync(file));
}

function searchPath(): string[] {
  const given = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  return [...new Set([...given, '/usr/local/bin', '/usr/bin', '/bin'])];
}

async function valueIn(path: string): Promise<CommandEnd['value']> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  try {
    return JSON.parse(text) as CommandEnd['value'];
  } catch (error) {
    throw new DoNotRetry(
      `The command wrote no JSON into $MILLRACE_OUTPUT: ${error instanceof Error ? error.message : ''}`,
      { cause: error },
    );
  }
}
