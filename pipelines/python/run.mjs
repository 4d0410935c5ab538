// What stands in for a container with Python on a machine without a container engine: finds a Python 3 that has the modules
// which a program imports, and runs it.
//
//   node pipelines/python/run.mjs [--needs sklearn,onnx] [--check] <program.py>
import { spawnSync } from 'node:child_process';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { needs: { type: 'string', default: '' }, check: { type: 'boolean', default: false } },
});
const program = resolve(positionals[0]);
const needs = values.needs.split(',').filter((name) => name !== '');
const candidates = [process.env.MILLRACE_PYTHON, 'python3', 'python'].filter((name) => name);
const probe = [
  'import sys, importlib.util',
  'sys.exit(sys.version_info < (3, 9) or any(importlib.util.find_spec(name) is None for name in sys.argv[1:]))',
].join('\n');
const python = candidates.find((name) => spawnSync(name, ['-c', probe, ...needs]).status === 0);
if (python === undefined) {
  const having = needs.length === 0 ? '' : ` with ${needs.join(', ')}`;
  console.error(
    `There is no Python 3.9 or newer${having} here (tried: ${candidates.join(', ')}), and ${positionals[0]} is in Python. ` +
      'Install one, or name it in MILLRACE_PYTHON' +
      (needs.length === 0 ? '.' : `: pip install -r ${dirname(positionals[0])}/requirements.txt`),
  );
  process.exit(69);
}
// What is missing is known before anything begins.
if (values.check) process.exit(0);
const { status, signal } = spawnSync(python, ['-u', program], {
  stdio: 'inherit',
  // Compiled files beside the sources would count as a change of the pipelines.
  env: {
    ...process.env,
    PYTHONPATH: dirname(fileURLToPath(import.meta.url)),
    PYTHONDONTWRITEBYTECODE: '1',
  },
});
process.exit(signal === null ? (status ?? 1) : 1);
