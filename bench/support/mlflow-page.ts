/** `mlflow ui` over an experiment with many runs, to be visited as ours is. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { PythonMissing, pythonWith, versionOf } from '../../test/peer/mlflow-environments';
import { startMlflowServer } from '../../test/support/mlflow-server';

export interface MlflowPages {
  readonly version: string;
  /** Its list of experiments. */
  readonly experiments: string;
  /** The table of the runs of the experiment. */
  readonly runs: string;
  readonly stop: () => Promise<void>;
}

/**
 * @param count runs of the experiment
 * @param signal ends the filling of the database
 * @returns why nothing is measured, where there is no Python or no index of packages
 */
export async function mlflowPages(
  count: number,
  signal: AbortSignal,
): Promise<MlflowPages | { readonly reason: string }> {
  let python: string;
  let version: string | undefined;
  try {
    python = process.env['PYTHON'] ?? pythonWith('newest');
    version = versionOf(python);
  } catch (error) {
    if (error instanceof PythonMissing) return { reason: error.message };
    throw error;
  }
  if (version === undefined) return { reason: `${python} has no mlflow: ${python} -m pip install mlflow` };
  const environment = { ...process.env, MLFLOW_DISABLE_TELEMETRY: 'true' };
  const server = await startMlflowServer({ python, environment });
  try {
    const created = await fetch(`${server.uri}/api/2.0/mlflow/experiments/create`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'many-runs' }),
      signal,
    });
    const { experiment_id: id } = (await created.json()) as { experiment_id: string };
    await seed(
      python,
      [server.backend, JSON.stringify({ runs: { [id]: count }, points: 0 })],
      environment,
      signal,
    );
    return {
      version,
      experiments: `${server.uri}/#/experiments`,
      runs: `${server.uri}/#/experiments/${id}/runs`,
      stop: server.stop,
    };
  } catch (error) {
    await server.stop();
    throw error;
  }
}

async function seed(
  python: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<void> {
  const child = spawn(python, [join(__dirname, 'tracking_seed.py'), ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env,
    signal,
  });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  await new Promise<void>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`tracking_seed.py ended with ${code}: ${said.slice(-2000)}`));
    });
  });
}
