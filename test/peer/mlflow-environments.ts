/** Virtual environments with clients of MLflow, made once below node_modules/.cache and kept. */
import { spawnSync } from 'node:child_process';
import { existsSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const CACHE = join(__dirname, '..', '..', 'node_modules', '.cache', 'millrace', 'check-mlflow');

/** What pip installs for each client that is checked: the last of 2.x, the first with logged models, the newest. */
export const CLIENTS: Readonly<Record<string, string>> = {
  '2.22': 'mlflow~=2.22.0',
  '3.0': 'mlflow~=3.0.0',
  newest: 'mlflow',
};
/** MLflow 2.22 loads a module that newer Pythons have only with setuptools. */
const BESIDES = ['scikit-learn', 'setuptools'];

export class PythonMissing extends Error {
  override readonly name = 'PythonMissing';
}

/** The interpreter of an environment that has the client. @throws PythonMissing that says what is */
export function pythonWith(client: string): string {
  const requirement = CLIENTS[client];
  if (requirement === undefined)
    throw new PythonMissing(
      `There is no client '${client}' here: use one of ${Object.keys(CLIENTS).join(', ')}.`,
    );
  const environment = join(CACHE, client);
  const python = join(environment, 'bin', 'python');
  if (existsSync(python) && versionOf(python) !== undefined) return python;
  process.stdout.write(`Making a virtual environment with ${requirement}. This is done once.\n`);
  const scratch = `${environment}.new`;
  rmSync(scratch, { recursive: true, force: true });
  run('python3', ['-m', 'venv', scratch], 'Python 3 with the module venv');
  run(
    join(scratch, 'bin', 'python'),
    ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', requirement, ...BESIDES],
    'a package index that pip reaches',
  );
  rmSync(environment, { recursive: true, force: true });
  renameSync(scratch, environment);
  return python;
}

/** The same for MLflow's server. Those of before 2026 start only with the SQLAlchemy of their time. @throws PythonMissing */
export function serverPythonWith(client: string): string {
  const python = pythonWith(client);
  const starts = (): boolean => spawnSync(python, ['-c', 'import mlflow.store.db.utils']).status === 0;
  if (!starts())
    run(python, ['-m', 'pip', 'install', '--quiet', 'sqlalchemy<2.1'], 'a package index that pip reaches');
  return python;
}

/** `undefined` when the interpreter has no MLflow. @throws PythonMissing */
export function versionOf(python: string): string | undefined {
  const found = spawnSync(python, ['-c', 'import mlflow; print(mlflow.__version__)'], { encoding: 'utf8' });
  if (found.error !== undefined)
    throw new PythonMissing(`There is no Python at '${python}': ${found.error.message}.`);
  return found.status === 0 ? found.stdout.trim() : undefined;
}

function run(program: string, args: readonly string[], needed: string): void {
  const { status, error } = spawnSync(program, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  if (status !== 0)
    throw new PythonMissing(
      `${program} ${args.join(' ')} failed${error === undefined ? '' : `: ${error.message}`}. It needs ${needed}.`,
    );
}
