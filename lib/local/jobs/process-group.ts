/** A command with everything that it starts: its lines go out one by one, and nothing of it is left when it has ended. */
import { execFileSync, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

export interface CommandLine {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly line: (text: string) => void;
}

export interface Ended {
  readonly exitCode?: number;
  readonly reason?: string;
}

export interface ProcessGroup {
  readonly pid: number | undefined;
  readonly ended: Promise<Ended>;
  /** Asks to end, and ends what has not a moment later. */
  stop(): void;
  /** Ends it at once. */
  kill(): void;
}

/** Between the request to end and the end. */
const PATIENCE_MS = 2_000;

export function startGroup({ command, args, cwd, environment, line }: CommandLine): ProcessGroup {
  const child = spawn(command, [...args], {
    cwd,
    env: { ...environment },
    detached: process.platform !== 'win32',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const signal = (name: NodeJS.Signals): void => {
    if (child.pid !== undefined) signalGroup(child.pid, name);
  };
  const read = async (stream: Readable): Promise<void> => {
    for await (const text of createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY }))
      line(text);
  };
  const reading = Promise.all([read(child.stdout), read(child.stderr)]).catch(() => []);
  let patience: NodeJS.Timeout | undefined;
  const ended = new Promise<Ended>((resolve) => {
    child.once('error', (error) => resolve({ reason: `${command} cannot be run: ${error.message}` }));
    child.once('exit', (code, by) => {
      clearTimeout(patience);
      // What it left in the background would keep its streams open.
      signal('SIGKILL');
      const end =
        code === null ? { reason: `Ended by the signal ${by ?? ''}`, exitCode: 137 } : { exitCode: code };
      void reading.then(() => resolve(end));
    });
  });
  return {
    pid: child.pid,
    ended,
    stop: () => {
      signal('SIGTERM');
      patience ??= setTimeout(() => signal('SIGKILL'), PATIENCE_MS);
    },
    kill: () => signal('SIGKILL'),
  };
}

/** Since when a process is there, as the system writes it; nothing when it is not, or when nobody can say. */
export function processSince(pid: number): string | undefined {
  try {
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim() || undefined;
  } catch {
    return undefined;
  }
}

export function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(process.platform === 'win32' ? pid : -pid, signal);
  } catch (error) {
    // The whole group has gone.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
