/**
 * Models of MLflow's flavour python_function: `npm run check:python-models`. It makes a virtual environment with the packages of
 * lambdas/serve-python (a minute, once), installs the same for Lambda as a deployment does, logs real models and holds the
 * endpoint and the server of images against what MLflow itself predicts. MILLRACE_PYTHON names another interpreter that has
 * mlflow and scikit-learn.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundlePythonModels, PYTHON_MODELS_HANDLER } from '../../lib/cloud/bundle-python-models';
import { PythonEnvironments } from '../../lib/local/lambda/python-environments';
import { runMain } from './run-main';

const ROOT = join(__dirname, '..', '..');

async function main(): Promise<number> {
  const cache = join(ROOT, 'node_modules', '.cache', 'millrace', 'check-python');
  const told = (line: string) => void process.stdout.write(`${line.replaceAll(`${ROOT}/`, '')}\n`);
  const environments = new PythonEnvironments(cache);
  const { program } = await environments.interpreterFor(join(ROOT, PYTHON_MODELS_HANDLER), told);
  const outdir = mkdtempSync(join(tmpdir(), 'millrace-check-'));
  try {
    for (const architecture of ['arm64', 'x86_64'] as const) {
      const made = await bundlePythonModels({
        projectRoot: ROOT,
        outdir: join(outdir, architecture),
        architecture,
      });
      if ('code' in made) {
        process.stderr.write(`${made.message}\n${made.hint}\n`);
        return 1;
      }
      told(`Bundled for ${architecture}`);
    }
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
  const { status } = spawnSync(
    'npx',
    ['jest', '--forceExit', 'test/serving/sklearn-model', 'test/e2e/python-model'],
    {
      cwd: ROOT,
      stdio: 'inherit',
      env: { ...process.env, MILLRACE_PYTHON: program, MILLRACE_PYTHON_TESTS: 'required' },
    },
  );
  return status ?? 1;
}

runMain(main);
