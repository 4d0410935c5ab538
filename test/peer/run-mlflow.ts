/**
 * Runs the unmodified Python client of MLflow against this API: `npm run peer:mlflow`. It needs Python with the package
 * `mlflow`; MILLRACE_PYTHON names the interpreter. With MLFLOW_TRACKING_URI another server is tested, e.g. `millrace dev`.
 */
import { spawnSync, spawn } from 'node:child_process';
import { join } from 'node:path';
import { mlflowGuest } from '../../lib/mlflow/guest';
import { startLocalAws } from '../support/local-aws';

const python = process.env['MILLRACE_PYTHON'] ?? 'python3';
/** `--wire`: compare with MLflow's own server, request by request. Anything else names checks of the client. */
const [, , ...names] = process.argv;
const SCRIPT = join(__dirname, names.includes('--wire') ? 'mlflow_wire.py' : 'mlflow_client.py');

async function main(): Promise<number> {
  const found = spawnSync(python, ['-c', 'import mlflow; print(mlflow.__version__)'], { encoding: 'utf8' });
  if (found.error !== undefined) {
    process.stderr.write(
      `Not run: there is no Python here ('${python}': ${found.error.message}). Install Python 3, or name it by MILLRACE_PYTHON.\n`,
    );
    return 2;
  }
  if (found.status !== 0) {
    process.stderr.write(
      `Not run: '${python}' has no package mlflow. Make an environment that has it:\n  python3 -m venv .venv && .venv/bin/pip install mlflow\n  MILLRACE_PYTHON=.venv/bin/python npm run peer:mlflow\n`,
    );
    return 2;
  }
  process.stdout.write(`mlflow ${found.stdout.trim()}\n`);
  const given = process.env['MLFLOW_TRACKING_URI'];
  if (given !== undefined) return client(given);
  const aws = await startLocalAws([mlflowGuest]);
  try {
    return await client(aws.url);
  } finally {
    await aws.stop();
  }
}

function client(uri: string): Promise<number> {
  process.stdout.write(`against ${uri}\n`);
  return new Promise((resolve) => {
    spawn(python, ['-u', SCRIPT, ...names.filter((name) => name !== '--wire')], {
      stdio: 'inherit',
      env: { ...process.env, MLFLOW_TRACKING_URI: uri },
    }).once('exit', (code) => resolve(code ?? 1));
  });
}

void main().then((code) => {
  process.exitCode = code;
});
