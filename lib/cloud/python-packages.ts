/**
 * Wheels for Lambda's platform, without Docker: pip (or uv, when it is there) resolves `requirements.txt` for the platform of
 * the functions, whatever machine this is. A set of packages is kept in `node_modules/.cache` under a hash of what was asked
 * for; an entry is complete or it is not there.
 */
import { execFile } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Architecture } from './settings';

/** The release of Python that functions run; wheels are chosen for it. Newer ones lack wheels of packages that people use. */
export const PYTHON_VERSION = '3.13';

/** Lambda's limit of a function with its layers, unpacked. */
const MAX_BYTES = 250 * 1024 * 1024;
/** Amazon Linux 2023 has glibc 2.34. */
const GLIBC = Array.from({ length: 34 - 17 + 1 }, (_, i) => 34 - i);
const TIMEOUT_MS = 600_000;

/** @param code one of PYTHON_MISSING, PYTHON_PACKAGES, PYTHON_TOO_LARGE */
export class PythonPackagesUnavailable extends Error {
  override readonly name = 'Millrace.PythonPackagesUnavailable';

  constructor(
    readonly code: 'PYTHON_MISSING' | 'PYTHON_PACKAGES' | 'PYTHON_TOO_LARGE',
    message: string,
    readonly hint: string,
  ) {
    super(message);
  }
}

export interface PythonPackages {
  readonly directory: string;
  /** `numpy-2.3.4` …, sorted: what the requirements came to. */
  readonly distributions: readonly string[];
}

/** Runs a program; the error has its standard error as `stderr`, and the code `ENOENT` when there is no such program. */
export type RunProgram = (program: string, args: readonly string[]) => Promise<unknown>;

export interface PythonPackagesProps {
  readonly projectRoot: string;
  /** Text of `requirements.txt`. */
  readonly requirements: string;
  /** Where it lies; relative paths in it are relative to its folder. */
  readonly file: string;
  readonly architecture: Architecture;
  /** For what no function runs. @default false: at most what Lambda takes */
  readonly anySize?: boolean;
  /** @default starts the program */
  readonly run?: RunProgram;
}

const startProgram: RunProgram = (program, args) =>
  promisify(execFile)(program, [...args], {
    timeout: TIMEOUT_MS,
    maxBuffer: 64 * 1024 * 1024,
    windowsHide: true,
  });

/** @throws PythonPackagesUnavailable when there is neither pip nor uv, a package has no wheel, or they are too large */
export async function pythonPackages(props: PythonPackagesProps): Promise<PythonPackages> {
  const { projectRoot, requirements, architecture, anySize = false } = props;
  const cache = join(projectRoot, 'node_modules', '.cache', 'millrace', 'python');
  const asked = `1 ${PYTHON_VERSION} ${architecture}${anySize ? ' any size' : ''}\n${requirements}`;
  const entry = join(cache, createHash('sha256').update(asked).digest('hex').slice(0, 24));
  if (!existsSync(entry)) {
    const scratch = join(cache, `.install-${randomUUID()}`);
    await mkdir(scratch, { recursive: true });
    try {
      await install(props, scratch);
      await rm(join(scratch, 'bin'), { recursive: true, force: true });
      await removeTests(scratch);
      if (!anySize) await refuseTooLarge(props.file, scratch);
      await rename(scratch, entry).catch((error: unknown) => {
        // Another synthesis was faster.
        if (!existsSync(entry)) throw error;
      });
    } finally {
      await rm(scratch, { recursive: true, force: true });
    }
  }
  const distributions = (await readdir(entry))
    .filter((name) => name.endsWith('.dist-info'))
    .map((name) => name.slice(0, -'.dist-info'.length))
    .sort();
  return { directory: entry, distributions };
}

async function install({ run = startProgram, ...props }: PythonPackagesProps, target: string): Promise<void> {
  for (const [program, args] of installers(props, target)) {
    try {
      await run(program, args);
      return;
    } catch (error) {
      const { code, stderr = '' } = error as { code?: unknown; stderr?: string };
      if (code === 'ENOENT' || /No module named pip/.test(stderr)) continue;
      throw new PythonPackagesUnavailable(
        'PYTHON_PACKAGES',
        `The packages of ${props.file} cannot be installed for Lambda (Python ${PYTHON_VERSION}, ${props.architecture}): ${lastLines(stderr) || String(error)}`,
        'Name versions that have wheels for manylinux on that architecture (or -c architecture=x86_64), and see that the package index can be reached.',
      );
    }
  }
  throw new PythonPackagesUnavailable(
    'PYTHON_MISSING',
    `The packages of ${props.file} cannot be bundled: there is neither uv nor a python3 with pip here.`,
    'Install Python 3 with pip, or uv. Handlers without a requirements.txt need neither.',
  );
}

/** In the order in which they are tried. */
function installers(
  { file, architecture }: Pick<PythonPackagesProps, 'file' | 'architecture'>,
  target: string,
): [string, string[]][] {
  const cpu = architecture === 'arm64' ? 'aarch64' : 'x86_64';
  const platforms = [...GLIBC.map((minor) => `manylinux_2_${minor}_${cpu}`), `manylinux2014_${cpu}`];
  const pip = [
    `-m pip install --only-binary=:all: --implementation cp --python-version ${PYTHON_VERSION}`,
    '--no-compile --no-input --quiet --disable-pip-version-check --no-warn-conflicts',
    ...platforms.map((platform) => `--platform ${platform}`),
  ];
  const uv = [
    `pip install --only-binary :all: --python-version ${PYTHON_VERSION}`,
    `--python-platform ${cpu}-manylinux_2_34 --quiet --no-config`,
  ];
  const args = (words: readonly string[]): string[] => [
    ...words.join(' ').split(' '),
    '--target',
    target,
    '--requirement',
    file,
  ];
  return [
    ['uv', args(uv)],
    ['python3', args(pip)],
    ['python', args(pip)],
  ];
}

/** Tests of packages are a tenth of scipy and scikit-learn, and nothing imports them. */
async function removeTests(directory: string): Promise<void> {
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    if (!entry.isDirectory()) continue;
    const path = join(directory, entry.name);
    if (entry.name === 'tests') await rm(path, { recursive: true, force: true });
    else await removeTests(path);
  }
}

async function refuseTooLarge(file: string, directory: string): Promise<void> {
  const sizes = await Promise.all(
    (await readdir(directory)).map(async (name) => [name, await bytesOf(join(directory, name))] as const),
  );
  const bytes = sizes.reduce((sum, [, size]) => sum + size, 0);
  if (bytes <= MAX_BYTES) return;
  const largest = sizes.sort(([, a], [, b]) => b - a).slice(0, 5);
  throw new PythonPackagesUnavailable(
    'PYTHON_TOO_LARGE',
    `The packages of ${file} have ${megabytes(bytes)} unpacked; a Lambda function has at most ${megabytes(MAX_BYTES)}. The largest: ${largest.map(([name, size]) => `${name} (${megabytes(size)})`).join(', ')}.`,
    "Leave packages out (mlflow-skinny instead of mlflow), or let the task run in a container, where there is room: runsOn: 'fargate'.",
  );
}

async function bytesOf(path: string): Promise<number> {
  const found = await stat(path);
  if (!found.isDirectory()) return found.size;
  const sizes = await Promise.all((await readdir(path)).map((name) => bytesOf(join(path, name))));
  return sizes.reduce((sum, size) => sum + size, 0);
}

const megabytes = (bytes: number): string => `${Math.round(bytes / 1024 / 1024)} MB`;

function lastLines(text: string): string {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('['))
    .slice(-4)
    .join(' ');
}
