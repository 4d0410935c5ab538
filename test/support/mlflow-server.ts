/** MLflow's own server, on SQLite or another database, on 127.0.0.1 for the time being. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from './free-port';

export interface MlflowServer {
  readonly uri: string;
  /** The database, past the server. */
  readonly backend: string;
  readonly pid: number;
  readonly stop: () => Promise<void>;
}

export interface MlflowServerProps {
  readonly python: string;
  /** URI of a database. @default SQLite in a folder for the time being */
  readonly backend?: string;
  readonly environment: NodeJS.ProcessEnv;
  /** Told every half minute for how many seconds it has been waited for. @default nobody is told */
  readonly waiting?: (seconds: number) => void;
}

/** It imports for a long time and makes its tables by fifty migrations: minutes on a busy machine. */
const PATIENCE_SECONDS = 900;
/** Six processes that run evaluations of language models, which nobody asks for here, and that take the start's time. */
const WITHOUT_JOBS = { MLFLOW_SERVER_ENABLE_JOB_EXECUTION: 'false' };

/** @throws Error when it does not come up */
export async function startMlflowServer({
  python,
  backend: wanted,
  environment,
  waiting,
}: MlflowServerProps): Promise<MlflowServer> {
  const directory = mkdtempSync(join(tmpdir(), 'millrace-mlflow-server-'));
  const backend = wanted ?? `sqlite:///${join(directory, 'mlflow.db')}`;
  const port = await freePort();
  const options = {
    'backend-store-uri': backend,
    'artifacts-destination': join(directory, 'artifacts'),
    host: '127.0.0.1',
    port: String(port),
    workers: '1',
  };
  const server = spawn(
    python,
    ['-m', 'mlflow', 'server', ...Object.entries(options).flatMap(([name, value]) => [`--${name}`, value])],
    // Its workers are processes of its own group.
    { stdio: ['ignore', 'ignore', 'pipe'], detached: true, env: { ...environment, ...WITHOUT_JOBS } },
  );
  let said = '';
  server.stderr.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-2000)));
  const uri = `http://127.0.0.1:${port}`;
  // However this process ends, but by SIGKILL, nothing of the server stays.
  const endAtOnce = () => {
    if (server.pid !== undefined && server.exitCode === null && server.signalCode === null)
      process.kill(-server.pid, 'SIGKILL');
    rmSync(directory, { recursive: true, force: true });
  };
  process.once('exit', endAtOnce);
  const stop = async (): Promise<void> => {
    const { pid } = server;
    if (pid !== undefined && server.exitCode === null && server.signalCode === null) {
      const ended = new Promise<true>((resolve) => server.once('close', () => resolve(true)));
      process.kill(-pid, 'SIGTERM');
      // A manager of workers waits for them, sometimes for ever.
      if ((await Promise.race([ended, sleep(10_000, false, { ref: false })])) !== true)
        process.kill(-pid, 'SIGKILL');
      await ended;
    }
    rmSync(directory, { recursive: true, force: true });
    process.removeListener('exit', endAtOnce);
  };
  try {
    await isUp(uri, server, waiting);
  } catch (error) {
    await stop();
    throw new Error(said, { cause: error });
  }
  return { uri, backend, pid: server.pid ?? 0, stop };
}

async function isUp(uri: string, server: ChildProcess, waiting: MlflowServerProps['waiting']): Promise<void> {
  for (let waited = 0; waited < PATIENCE_SECONDS; waited++) {
    if (waited > 0 && waited % 30 === 0) waiting?.(waited);
    if (server.exitCode !== null) throw new Error(`mlflow server ended with ${server.exitCode}.`);
    const answer = await fetch(`${uri}/health`, { signal: AbortSignal.timeout(10_000) }).catch(
      () => undefined,
    );
    if (answer?.ok === true) return;
    await sleep(1000);
  }
  throw new Error(`mlflow server did not come up within ${PATIENCE_SECONDS} seconds.`);
}
