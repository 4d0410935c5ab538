/** Virtual environments of Python handlers, with a package made here: nothing is fetched. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PythonEnvironments, PythonUnavailable } from '../../lib/local/lambda/python-environments';
import { describeWithPython } from '../support/python-functions';

const WHEEL = 'greeting-1.0-py3-none-any.whl';
/** Writes a wheel, which is a zip of modules and of what they are. */
const MAKE_WHEEL = `
import sys, zipfile
with zipfile.ZipFile(sys.argv[1], "w") as wheel:
    wheel.writestr("greeting.py", "def greet(name):\\n    return 'hello ' + name\\n")
    info = "greeting-1.0.dist-info/"
    wheel.writestr(info + "METADATA", "Metadata-Version: 2.1\\nName: greeting\\nVersion: 1.0\\n")
    wheel.writestr(info + "WHEEL", "Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
    wheel.writestr(info + "RECORD", "greeting.py,,\\n")
`;

let base: string;
const before = process.env['MILLRACE_PYTHON'];
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'millrace-environments-'));
  delete process.env['MILLRACE_PYTHON'];
});
afterEach(() => {
  if (before === undefined) delete process.env['MILLRACE_PYTHON'];
  else process.env['MILLRACE_PYTHON'] = before;
  rmSync(base, { recursive: true, force: true });
});

function handler(requirements?: string): string {
  const directory = join(base, 'handler');
  mkdirSync(directory, { recursive: true });
  if (requirements !== undefined) writeFileSync(join(directory, 'requirements.txt'), requirements);
  return directory;
}

describeWithPython(
  'the Python of a handler',
  () => {
    it('is an environment with its requirements, made once', async () => {
      const wheel = join(base, WHEEL);
      const python = process.env['MILLRACE_PYTHON'] ?? 'python3';
      expect(spawnSync(python, ['-c', MAKE_WHEEL, wheel]).status).toBe(0);
      const state = join(base, 'python');
      const told: string[] = [];
      const code = handler(`# offline\n${wheel}\n`);
      const environments = new PythonEnvironments(state);
      const both = await Promise.all([
        environments.interpreterFor(code, (line) => told.push(line)),
        environments.interpreterFor(code, (line) => told.push(line)),
      ]);
      expect(both[0]).toEqual(both[1]);
      expect(told).toHaveLength(2);
      const greeted = spawnSync(both[0].program, ['-c', "import greeting; print(greeting.greet('you'))"], {
        encoding: 'utf8',
      });
      expect(greeted.stdout.trim()).toBe('hello you');
      expect(both[0].environment).toEqual({ MILLRACE_VIRTUAL_ENVIRONMENT: 'local' });
      // Another process finds it.
      rmSync(wheel);
      const later = await new PythonEnvironments(state).interpreterFor(code, (line) => told.push(line));
      expect(later.program).toBe(both[0].program);
      expect(told).toHaveLength(2);
    }, 60_000);

    it('requirements that cannot be met are said, and leave nothing behind', async () => {
      const state = join(base, 'python');
      const code = handler(`${join(base, 'no-such-1.0-py3-none-any.whl')}\n`);
      const making = new PythonEnvironments(state).interpreterFor(code, () => {});
      await expect(making).rejects.toThrow(PythonUnavailable);
      await expect(making).rejects.toThrow(/cannot be made: .*no-such-1\.0.*Correct the requirements/s);
      expect(readdirSync(state)).toEqual([]);
    }, 60_000);

    it('without requirements, or named by MILLRACE_PYTHON, is the interpreter itself', async () => {
      const state = join(base, 'python');
      const environments = new PythonEnvironments(state);
      const plain = await environments.interpreterFor(handler(), () => {});
      expect(plain.program).toMatch(/^python3?$/);
      process.env['MILLRACE_PYTHON'] = plain.program;
      const named = await environments.interpreterFor(handler('numpy==9.9.9\n'), () => {});
      expect(named.program).toBe(plain.program);
      expect(existsSync(state)).toBe(false);
    });
  },
  'venv',
  'ensurepip',
);

it('no Python, or one that is too old, is said with what to do', async () => {
  process.env['MILLRACE_PYTHON'] = join(base, 'none');
  const environments = new PythonEnvironments(join(base, 'python'));
  await expect(environments.interpreterFor(handler(), () => {})).rejects.toThrow(
    /need Python 3\.10 or newer on this machine \(.*none does not start\)\. Install it, or name it by MILLRACE_PYTHON\./,
  );
});
