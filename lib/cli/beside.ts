/**
 * Programs beside the local cloud: they stand in for the services and clients that a pipeline has around it in an account.
 *
 * 1. A program lives until its standard input ends, and so never longer than the process that started it, however that ends.
 * 2. It has the environment of the local cloud, in `MILLRACE_BESIDE` whether it is there for a `run` or for `dev`, and writes JSON lines to stdout: `{"connections": {…}}` is set for as long as
 *    it lives, `{"say": "…"}` is shown, and `{"ready": true}` lets the run begin that waits for it.
 * 3. A connection that somebody has set stays as it is. What a killed process left is known by a file and replaced.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { loadPipelines } from '../dsl/load-pipelines';
import type { LocalCommand } from '../model/compute';
import { BesideConnections } from './beside-connections';
import { CliError, EXIT } from './cli-error';
import type { Connection } from './connect';
import type { Output } from './output';

const READY_MS = 180_000;
const END_MS = 5_000;

const saying = z.strictObject({
  connections: z.record(z.string(), z.looseObject({ kind: z.string() })).optional(),
  say: z.string().optional(),
  ready: z.literal(true).optional(),
});

export interface Beside {
  /** Until the program is ready. @throws CliError when it ends before, or is not in time */
  ready(): Promise<void>;
  stop(): Promise<void>;
}

/** Those of all pipelines of the project. One that ends is told of; the others go on. */
export function startAllBeside(connection: Connection, output: Output): Beside[] {
  return loadPipelines(connection.project.pipelines).pipelines.flatMap(({ model: { id, local } }) => {
    if (local?.beside === undefined) return [];
    const program = startBeside(connection, id, local.beside, output, 'dev');
    program.ready().catch((error: unknown) => output.warn((error as Error).message));
    return [program];
  });
}

/** Starts the program of a pipeline. */
export function startBeside(
  connection: Connection,
  pipeline: string,
  { command, args, cwd = '.' }: LocalCommand,
  output: Output,
  whom: 'run' | 'dev',
): Beside {
  const { root, stateDirectory } = connection.project;
  const child = spawn(command, args, {
    cwd: join(root, cwd),
    env: {
      ...process.env,
      MILLRACE_URL: connection.url ?? '',
      MILLRACE_STAGE: connection.stage,
      MILLRACE_BESIDE: whom,
      MILLRACE_AHEAD_MS: String(connection.ahead ?? 0),
    },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const connections = new BesideConnections(stateDirectory, connection.stage, pipeline, child.pid);
  let last = '';
  child.stdin.on('error', () => {});
  createInterface({ input: child.stderr }).on('line', (line) => {
    last = line;
    output.warn(`beside ${pipeline}: ${line}`);
  });
  const fault = (what: string, cause?: unknown) =>
    new CliError(`The program beside ${pipeline} ${what}: ${[command, ...args].join(' ')}. ${last}`.trim(), {
      code: EXIT.environment,
      where: cwd,
      remedy:
        'Mend what it says, or run without it: --no-beside, and `millrace connections set` for what it gives.',
      cause,
    });
  let chain = Promise.resolve();
  const ready = new Promise<void>((resolve, reject) => {
    const late = setTimeout(() => reject(fault(`was not ready within ${READY_MS / 1000} s`)), READY_MS);
    late.unref();
    child.once('error', (cause) => reject(fault('cannot be started', cause)));
    child.once('close', (code) => reject(fault(`ended with ${code ?? 'a signal'}`)));
    createInterface({ input: child.stdout }).on('line', (line) => {
      chain = chain.then(async () => {
        const { connections: given = {}, say, ready: isReady } = saying.parse(JSON.parse(line));
        for (const [name, settings] of Object.entries(given))
          if (!(await connections.set(name, settings)))
            output.progress(`The connection '${name}' is as somebody has set it.`);
        if (say !== undefined) output.progress(say);
        if (isReady) {
          clearTimeout(late);
          resolve();
        }
      });
      chain.catch((cause: unknown) => reject(fault(`wrote what is not understood: ${line}`, cause)));
    });
  });
  // Whoever does not wait is told by the log of the runs.
  ready.catch(() => {});
  return {
    ready: () => ready,
    stop: async () => {
      await ended(child);
      await chain.catch(() => {});
      await connections.withdraw();
    },
  };
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const closed = once(child, 'close');
  child.stdin?.end();
  const impatience = setTimeout(() => child.kill('SIGKILL'), END_MS);
  await closed;
  clearTimeout(impatience);
}
