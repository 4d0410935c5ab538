/** The command line as a user calls it, each command in a process of its own, and a `millrace dev` that they share. */
import { spawn, type ChildProcess } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { main } from '../../lib/cli/main';

export const ROOT = join(__dirname, '..', '..');

export interface Answer {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** What a command prints under `--json` when it fails. */
export interface JsonError {
  readonly error: {
    readonly name: string;
    readonly message: string;
    readonly where: string | null;
    readonly remedy: string | null;
  };
}

export interface Millrace {
  (...args: string[]): Promise<Answer>;
  /** The same with `--json`; stdout must be one JSON document. */
  json(...args: string[]): Promise<{ readonly code: number | null; readonly value: unknown }>;
  /** The same for a command that fails. */
  refused(
    ...args: string[]
  ): Promise<{ readonly code: number | null; readonly error: JsonError['error']; readonly stderr: string }>;
}

export function environment(): NodeJS.ProcessEnv {
  return {
    PATH: process.env['PATH'],
    HOME: process.env['HOME'],
    TMPDIR: process.env['TMPDIR'] ?? tmpdir(),
    // What a container engine of this machine would do is not ours to test.
    MILLRACE_CONTAINER_ENGINE: process.env['MILLRACE_CONTAINER_ENGINE'] ?? 'none',
    MILLRACE_FLUSH: process.env['MILLRACE_FLUSH'] ?? 'never',
    MILLRACE_BUNDLE_CACHE: process.env['MILLRACE_BUNDLE_CACHE'],
    ...(process.env['MILLRACE_PYTHON'] === undefined
      ? {}
      : { MILLRACE_PYTHON: process.env['MILLRACE_PYTHON'] }),
  };
}

/** Commands on one project and one state directory. */
export function millraceIn(project: string, directory: string): Millrace {
  return asking((...args) => ended(start(project, [...args, '--directory', directory])));
}

/** Commands in this process and its working directory, which saves half a second each. */
export function millraceHere(directory: string): Millrace {
  return asking(async (...args) => {
    const stdout = new Sink();
    const stderr = new Sink();
    const options = args.length === 0 ? [] : ['--directory', directory];
    const code = await main(['node', 'millrace', ...args, ...options], { stdout, stderr });
    return { code, stdout: stdout.text, stderr: stderr.text };
  });
}

/** Commands on one project, all in one process of their own: for many commands while a `millrace dev` is up. */
export function millraceServed(project: string, directory: string): Millrace & { stop(): Promise<void> } {
  const child = spawn(process.execPath, [join(ROOT, 'test', 'support', 'many-commands.js')], {
    cwd: project,
    env: environment(),
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  let last: Promise<unknown> = Promise.resolve();
  const ask = async (...args: string[]): Promise<Answer> => {
    await last;
    child.stdin.write(`${JSON.stringify([...args, '--directory', directory])}\n`);
    const { value, done } = await answers.next();
    if (done === true)
      throw new Error(`The process of the commands has ended at: millrace ${args.join(' ')}`);
    return JSON.parse(value) as Answer;
  };
  const inTurn = (...args: string[]): Promise<Answer> => {
    const answer = ask(...args);
    last = answer.catch(() => {});
    return answer;
  };
  const stop = async () => {
    child.stdin.end();
    if (child.exitCode === null) await new Promise((resolve) => child.once('close', resolve));
  };
  return Object.assign(asking(inTurn), { stop });
}

class Sink extends Writable {
  text = '';
  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}

function asking(run: (...args: string[]) => Promise<Answer>): Millrace {
  const json = async (...args: string[]) => {
    const { code, stdout, stderr } = await run(...args, '--json');
    try {
      return { code, value: JSON.parse(stdout) as unknown, stderr };
    } catch (cause) {
      throw new Error(`${args.join(' ')} printed no JSON: ${stdout}\n${stderr}`, { cause });
    }
  };
  const refused = async (...args: string[]) => {
    const { code, value, stderr } = await json(...args);
    return { code, error: (value as JsonError).error, stderr };
  };
  return Object.assign(run, { json, refused });
}

export interface DevServer {
  readonly url: string;
  readonly pid: number;
  /** By a signal, which is SIGTERM unless another is named. Returns how it ended: nothing after SIGKILL. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

/** `millrace dev` on a free port; with nothing beside it unless other options are given. */
export async function startDev(
  project: string,
  directory: string,
  options: readonly string[] = ['--no-beside'],
): Promise<DevServer> {
  const child = start(project, ['dev', '--port', '0', ...options, '--json', '--directory', directory]);
  const end = ended(child);
  const up = new Promise<{ url: string; pid: number }>((resolve) => {
    let text = '';
    if (child.stdout === null) return;
    createInterface({ input: child.stdout }).on('line', (line) => {
      text += line;
      if (line === '}') resolve(JSON.parse(text) as { url: string; pid: number });
    });
  });
  const early = end.then(({ code, stderr }) => {
    throw new Error(`millrace dev ended with ${code}: ${stderr}`);
  });
  const info = await Promise.race([up, early]);
  early.catch(() => {});
  return {
    ...info,
    stop: async (signal = 'SIGTERM') => {
      child.kill(signal);
      return (await end).code;
    },
  };
}

function start(project: string, args: readonly string[]): ChildProcess {
  return spawn(process.execPath, [join(ROOT, 'bin', 'millrace.js'), ...args], {
    cwd: project,
    env: environment(),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

function ended(child: ChildProcess): Promise<Answer> {
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, stdout, stderr })));
}
