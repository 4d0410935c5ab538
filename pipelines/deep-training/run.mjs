// What stands in for the container on a machine without a container engine: finds a Python 3 and runs train.py in it.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('train.py', import.meta.url));
const candidates = [process.env.MILLRACE_PYTHON, 'python3', 'python'].filter((name) => name);
const python = candidates.find(
  (name) => spawnSync(name, ['-c', 'import sys; sys.exit(sys.version_info < (3, 9))']).status === 0,
);
if (python === undefined) {
  console.error(
    `There is no Python 3.9 or newer here (tried: ${candidates.join(', ')}), and the network is trained in Python. ` +
      'Install one or name it in MILLRACE_PYTHON; no package is needed, and with NumPy it is faster.',
  );
  process.exit(69);
}
// What is missing is known before anything begins.
if (process.argv.includes('--check')) process.exit(0);
const { status, signal } = spawnSync(python, ['-u', program], { stdio: 'inherit' });
process.exit(signal === null ? (status ?? 1) : 1);
