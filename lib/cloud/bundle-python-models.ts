/** Bundles `lambdas/serve-python`: its files, the part of the runtime that signs requests, and wheels for Lambda's platform. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { HandlerBundle, HandlerFailure } from './bundle-handlers';
import { PythonPackagesUnavailable, pythonPackages, type RunProgram } from './python-packages';
import { stubPython, type PythonBundleResult } from './bundle-python';
import { describeFailure } from './failure';
import type { Architecture, Settings } from './settings';

export const PYTHON_MODELS_HANDLER = 'lambdas/serve-python';

export interface PythonModelsProps {
  readonly projectRoot: string;
  /** The bundle goes to `<outdir>/lambdas/serve-python/`. */
  readonly outdir: string;
  readonly architecture: Architecture;
  /** Leave packages out: the local cloud runs in a virtual environment. @default false */
  readonly placeholder?: boolean;
  /** How pip or uv are started. @default as programs */
  readonly run?: RunProgram;
}

const PACKAGE_ROOT = join(__dirname, '..', '..');
const RUNTIME = join(PACKAGE_ROOT, 'lib', 'runtime', 'python', 'millrace');
/** Functions in Python are called by this name. Wheels for Lambda lie below packages/. */
const ENTRY = `"""The function's entry."""

import os
import sys

_ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
if "MILLRACE_VIRTUAL_ENVIRONMENT" not in os.environ:
    sys.path.insert(1, os.path.join(_ROOT, "packages"))

from handler import handler  # noqa: E402,F401
`;

/** Returns what is wrong in place of the bundle when the packages cannot be had. */
export async function bundlePythonModels(props: PythonModelsProps): Promise<HandlerBundle | HandlerFailure> {
  const { projectRoot, outdir, architecture, placeholder = false } = props;
  const own = join(projectRoot, PYTHON_MODELS_HANDLER);
  const source = existsSync(own) ? own : join(PACKAGE_ROOT, PYTHON_MODELS_HANDLER);
  const directory = join(outdir, PYTHON_MODELS_HANDLER);
  await mkdir(join(directory, 'millrace'), { recursive: true });
  const hash = createHash('sha256');
  let bytes = 0;
  const write = async (name: string, content: string): Promise<void> => {
    await writeFile(join(directory, name), content);
    hash.update(`${name}\0${content}\0`);
    bytes += content.length;
  };
  const files = (await readdir(source)).filter((name) => /^[^.].*\.(?:py|txt)$/.test(name)).sort();
  for (const name of files) await write(name, await readFile(join(source, name), 'utf8'));
  const runtime = (await readdir(RUNTIME)).filter((name) => name.endsWith('.py') && name !== 'entry.py');
  for (const name of runtime.sort())
    await write(`millrace/${name}`, await readFile(join(RUNTIME, name), 'utf8'));
  await write('millrace/entry.py', ENTRY);
  const codeHash = hash.digest('hex');
  const made = { handler: PYTHON_MODELS_HANDLER, directory, codeHash, bytes };
  if (placeholder) return { ...made, assetHash: codeHash };
  const file = join(source, 'requirements.txt');
  try {
    const packages = await pythonPackages({
      projectRoot,
      requirements: await readFile(file, 'utf8'),
      file,
      architecture,
      ...(props.run === undefined ? {} : { run: props.run }),
    });
    await cp(packages.directory, join(directory, 'packages'), { recursive: true });
    const asked = [codeHash, architecture, ...packages.distributions].join('\n');
    return { ...made, assetHash: createHash('sha256').update(asked).digest('hex') };
  } catch (error) {
    if (!(error instanceof PythonPackagesUnavailable)) throw error;
    return {
      handler: PYTHON_MODELS_HANDLER,
      file: `${PYTHON_MODELS_HANDLER}/requirements.txt`,
      code: error.code,
      message: error.message.replaceAll(`${projectRoot}/`, ''),
      hint: error.hint,
    };
  }
}

/** The bundle when the stage has such a function, or a stub that says why it was not built. */
export async function pythonModelsFor(
  { serving, targets, architecture }: Pick<Settings, 'serving' | 'targets' | 'architecture'>,
  props: Omit<PythonModelsProps, 'architecture'>,
): Promise<PythonBundleResult> {
  if (!serving || targets?.python !== true) return { bundles: [], failures: [] };
  const made = await bundlePythonModels({ ...props, architecture });
  if (!('code' in made)) return { bundles: [made], failures: [] };
  const stub = await stubPython(PYTHON_MODELS_HANDLER, describeFailure(made), props.outdir);
  return { bundles: [stub], failures: [made] };
}
