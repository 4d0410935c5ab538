/**
 * What needs Python packages: `npm run check:python`. It makes virtual environments with the requirements of
 * lambdas/train-sklearn and of pipelines/parallel-training (some minutes, once), installs those of the function for Lambda as
 * a deployment does, and runs the tests with them. MILLRACE_PYTHON names another interpreter that has the packages.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundlePython } from '../../lib/cloud/bundle-python';
import { PythonEnvironments } from '../../lib/local/lambda/python-environments';
import { runMain } from './run-main';

const ROOT = join(__dirname, '..', '..');
const HANDLER = 'lambdas/train-sklearn';
const CONTAINER = 'pipelines/parallel-training';

async function main(): Promise<number> {
  const cache = join(ROOT, 'node_modules', '.cache', 'millrace', 'check-python');
  const told = (line: string) => void process.stdout.write(`${line.replaceAll(`${ROOT}/`, '')}\n`);
  const environments = new PythonEnvironments(cache);
  const { program } = await environments.interpreterFor(join(ROOT, HANDLER), told);
  const container = await environments.interpreterFor(join(ROOT, CONTAINER), told);

  const outdir = mkdtempSync(join(tmpdir(), 'millrace-check-'));
  try {
    for (const architecture of ['arm64', 'x86_64'] as const) {
      const handlers = [{ handler: HANDLER, contracts: {} }];
      const { bundles, failures } = await bundlePython({ projectRoot: ROOT, handlers, outdir, architecture });
      for (const { message } of failures) process.stderr.write(`${message}\n`);
      if (failures.length > 0) return 1;
      const packages = readdirSync(join(bundles[0]?.directory ?? '', 'packages'));
      told(
        `Bundled for ${architecture}: ${packages.filter((name) => name.endsWith('.dist-info')).length} packages`,
      );
      rmSync(join(outdir, HANDLER), { recursive: true });
    }
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
  const jest = (python: string, ...paths: string[]) =>
    spawnSync('npx', ['jest', '--forceExit', ...paths], {
      cwd: ROOT,
      stdio: 'inherit',
      env: { ...process.env, MILLRACE_PYTHON: python, MILLRACE_PYTHON_TESTS: 'required' },
    }).status ?? 1;
  const failed = [
    jest(program, String.raw`test/e2e/python\.test`, 'test/e2e/python-containers', 'test/runtime/python'),
    jest(container.program, 'test/e2e/parallel-training'),
  ].filter((status) => status !== 0);
  return failed[0] ?? 0;
}

runMain(main);
