/**
 * The Python that functions run with on this machine: that of MILLRACE_PYTHON, else the one on the PATH, with a virtual
 * environment below the state directory for each set of requirements. An environment is complete or it is not there.
 */
import { execFile } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** The interpreter is missing or too old, or an environment could not be made. */
export class PythonUnavailable extends Error {
  override readonly name = 'Millrace.PythonUnavailable';
}

export interface PythonInterpreter {
  readonly program: string;
  readonly environment: Readonly<Record<string, string>>;
}

const LEAST = [3, 10] as const;
const INSTALL_TIMEOUT_MS = 1_800_000;
const start = promisify(execFile);

export class PythonEnvironments {
  private readonly ready = new Map<string, Promise<PythonInterpreter>>();

  /** @param directory where the environments lie */
  constructor(private readonly directory: string) {}

  /**
   * What a function whose code lies in a folder runs with; makes the environment when it is not there.
   * @param told is told what takes long
   * @throws PythonUnavailable
   */
  interpreterFor(codeDirectory: string, told: (line: string) => void): Promise<PythonInterpreter> {
    const file = join(codeDirectory, 'requirements.txt');
    const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
    const requirements = /^\s*[^#\s]/m.test(text) ? text : '';
    let found = this.ready.get(requirements);
    if (found === undefined) {
      found = this.prepare(requirements, file, told);
      this.ready.set(requirements, found);
      // What failed for want of a network may be tried again.
      found.catch(() => this.ready.delete(requirements));
    }
    return found;
  }

  private async prepare(
    requirements: string,
    file: string,
    told: (line: string) => void,
  ): Promise<PythonInterpreter> {
    const { program, version } = await findPython();
    const given = process.env['MILLRACE_PYTHON'] !== undefined;
    const environment = { MILLRACE_VIRTUAL_ENVIRONMENT: 'local' };
    // Whoever names an interpreter has put the packages into it.
    if (requirements === '' || given) return { program, environment };
    const hash = createHash('sha256').update(`1 ${version}\n${requirements}`).digest('hex').slice(0, 16);
    const entry = join(this.directory, hash);
    const python = join(entry, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python');
    if (!existsSync(entry)) {
      told(`Making a virtual environment of Python ${version} for ${file}. This is done once.`);
      await makeEnvironment(program, file, entry);
      told('The virtual environment is ready.');
    }
    return { program: python, environment };
  }
}

async function makeEnvironment(program: string, requirements: string, entry: string): Promise<void> {
  const scratch = `${entry}.${randomUUID().slice(0, 8)}`;
  try {
    await mkdir(join(entry, '..'), { recursive: true });
    await install(program, requirements, scratch);
    await rename(scratch, entry).catch((error: unknown) => {
      // Another process was faster.
      if (!existsSync(entry)) throw error;
    });
  } catch (cause) {
    const { stderr = '' } = cause as { stderr?: string };
    const said = stderr.trim().split('\n').slice(-4).join(' ') || String(cause);
    throw new PythonUnavailable(
      `The virtual environment for ${requirements} cannot be made: ${said} Correct the requirements, see that the package index can be reached, or name an interpreter that has the packages by MILLRACE_PYTHON.`,
      { cause },
    );
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** With the pip that is there; one for each environment takes seconds, and is made only where there is none. */
async function install(program: string, requirements: string, scratch: string): Promise<void> {
  const python = join(scratch, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python');
  const options = { timeout: INSTALL_TIMEOUT_MS, maxBuffer: 64 * 1024 * 1024 };
  const quietly = ['--quiet', '--disable-pip-version-check', '--no-input', '--requirement', requirements];
  await start(program, ['-m', 'venv', '--without-pip', scratch], options);
  try {
    await start(program, ['-m', 'pip', '--python', python, 'install', ...quietly], options);
  } catch (error) {
    const { stderr = '' } = error as { stderr?: string };
    if (!/No module named pip|no such option: --python/.test(stderr)) throw error;
    await start(program, ['-m', 'venv', '--clear', scratch], options);
    await start(python, ['-m', 'pip', 'install', ...quietly], options);
  }
}

/** @throws PythonUnavailable */
async function findPython(): Promise<{ readonly program: string; readonly version: string }> {
  const named = process.env['MILLRACE_PYTHON'];
  const tried: string[] = [];
  for (const program of named === undefined ? ['python3', 'python'] : [named]) {
    try {
      const { stdout } = await start(
        program,
        ['-c', 'import sys; print("%d.%d.%d" % sys.version_info[:3])'],
        {
          timeout: 30_000,
        },
      );
      const version = stdout.trim();
      const [major = 0, minor = 0] = version.split('.').map(Number);
      if (major > LEAST[0] || (major === LEAST[0] && minor >= LEAST[1])) return { program, version };
      tried.push(`${program} is ${version}`);
    } catch {
      tried.push(`${program} does not start`);
    }
  }
  throw new PythonUnavailable(
    `Tasks in Python need Python ${LEAST.join('.')} or newer on this machine (${tried.join(', ')}). Install it, or name it by MILLRACE_PYTHON.`,
  );
}
