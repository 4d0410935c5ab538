/**
 * Bundles a handler in Python: its files, the runtime of `lib/runtime/python`, the contracts as JSON Schema, and wheels for
 * Lambda's platform below `packages/`.
 *
 * Invariants:
 * 1. A handler without `requirements.txt` needs no Python here.
 * 2. The code hash follows from the sources, the contracts and the requirements; the same in every place. The hash of the
 *    asset has the packages besides that the requirements came to.
 */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PythonTask } from '../model/python-task';
import type { HandlerBundle, HandlerFailure } from './bundle-handlers';
import {
  PythonPackagesUnavailable,
  PYTHON_VERSION,
  pythonPackages,
  type RunProgram,
} from './python-packages';
import type { Architecture } from './settings';

/** What functions of these bundles call. */
export const PYTHON_ENTRY = 'millrace/entry.handler';

const RUNTIME = join(__dirname, '..', 'runtime', 'python', 'millrace');
const REQUIREMENTS = 'requirements.txt';

export interface PythonHandler {
  /** Folder relative to the project with a `handler.py`. */
  readonly handler: string;
  /** By name of the contract; several may share a handler. */
  readonly contracts: Readonly<Record<string, Pick<PythonTask, 'input' | 'output' | 'skips'>>>;
  /** No function runs it, so that Lambda's limit of its size does not matter. @default false */
  readonly inContainersOnly?: boolean;
}

export interface PythonBundleProps {
  readonly projectRoot: string;
  readonly handlers: readonly PythonHandler[];
  /** Each bundle goes to `<outdir>/<handler>/`. */
  readonly outdir: string;
  readonly architecture: Architecture;
  /** Leave packages out: the local cloud runs in virtual environments. Such bundles cannot be deployed. @default false */
  readonly placeholder?: boolean;
  /** How pip or uv are started. @default as programs */
  readonly run?: RunProgram;
}

export interface PythonBundleResult {
  readonly bundles: readonly HandlerBundle[];
  readonly failures: readonly HandlerFailure[];
}

export async function bundlePython(props: PythonBundleProps): Promise<PythonBundleResult> {
  const bundles: HandlerBundle[] = [];
  const failures: HandlerFailure[] = [];
  // One after the other: two installations at once would fetch the same wheels twice.
  for (const handler of props.handlers) {
    const made = await bundle(handler, props);
    if ('code' in made) failures.push(made);
    else bundles.push(made);
  }
  return { bundles, failures };
}

async function bundle(
  { handler, contracts, inContainersOnly = false }: PythonHandler,
  props: PythonBundleProps,
): Promise<HandlerBundle | HandlerFailure> {
  const source = join(props.projectRoot, handler);
  const failure = (code: string, message: string, hint: string, file = 'handler.py'): HandlerFailure => ({
    handler,
    file: `${handler}/${file}`,
    code,
    message,
    hint,
  });
  if (!existsSync(join(source, 'handler.py')))
    return failure(
      'HANDLER_MISSING',
      'The handler does not exist.',
      'Create the file with a function run(input, context), or correct `handler` or `runtime` in the contract of the task.',
    );
  if (
    !/^def\s+run\s*\(|^run\s*=|\bimport\b.*\brun\b/m.test(await readFile(join(source, 'handler.py'), 'utf8'))
  )
    return failure(
      'HANDLER_BROKEN',
      'handler.py has no function run(input, context).',
      'Define it: it gets the parsed input and returns what the contract says.',
    );
  const directory = join(props.outdir, handler);
  await mkdir(directory, { recursive: true });
  const files = [
    ...(await copyTree(source, directory, '')),
    ...(await copyTree(RUNTIME, join(directory, 'millrace'), 'millrace/')),
  ];
  const text = `${JSON.stringify(contracts, null, 1)}\n`;
  await writeFile(join(directory, 'contracts.json'), text);
  const hash = createHash('sha256').update(`contracts.json\0${text}\0`);
  let bytes = text.length;
  for (const { name, content } of files.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    hash.update(`${name}\0`).update(content).update('\0');
    bytes += content.length;
  }
  const codeHash = hash.digest('hex');
  const made = { handler, directory, codeHash, bytes };
  const requirements = files.find(({ name }) => name === REQUIREMENTS)?.content.toString('utf8');
  if (requirements === undefined || !/^\s*[^#\s]/m.test(requirements))
    return { ...made, assetHash: codeHash };
  if (props.placeholder === true)
    return { ...made, assetHash: sha256(`${codeHash} without packages`), incomplete: LOCAL_ONLY };
  try {
    const packages = await pythonPackages({
      projectRoot: props.projectRoot,
      requirements,
      file: join(source, REQUIREMENTS),
      architecture: props.architecture,
      anySize: inContainersOnly,
      ...(props.run === undefined ? {} : { run: props.run }),
    });
    await cp(packages.directory, join(directory, 'packages'), { recursive: true });
    const assetHash = sha256(
      [codeHash, PYTHON_VERSION, props.architecture, ...packages.distributions].join('\n'),
    );
    return { ...made, assetHash };
  } catch (error) {
    if (!(error instanceof PythonPackagesUnavailable)) throw error;
    const message = error.message.replaceAll(`${props.projectRoot}/`, '');
    return failure(error.code, message, error.hint, REQUIREMENTS);
  }
}

const LOCAL_ONLY =
  'This template was made for the local cloud and has no Python packages for Lambda. Run npx cdk synth for one that can be deployed.';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Stands in for a handler that could not be bundled, in templates that are not for deployment. */
export async function stubPython(handler: string, message: string, outdir: string): Promise<HandlerBundle> {
  const directory = join(outdir, handler);
  const code = `def handler(event, context):\n    raise type("Millrace.HandlerNotBuilt", (Exception,), {})(${JSON.stringify(message)})\n`;
  await mkdir(join(directory, 'millrace'), { recursive: true });
  await writeFile(join(directory, 'millrace', '__init__.py'), '');
  await writeFile(join(directory, 'millrace', 'entry.py'), code);
  const codeHash = sha256(code);
  return { handler, directory, codeHash, assetHash: codeHash, bytes: code.length };
}

interface CopiedFile {
  readonly name: string;
  readonly content: Buffer;
}

/** What Python leaves behind, tests and TypeScript stay out. */
async function copyTree(from: string, to: string, prefix: string): Promise<CopiedFile[]> {
  const found: CopiedFile[] = [];
  await mkdir(to, { recursive: true });
  for (const entry of await readdir(from, { withFileTypes: true })) {
    if (/^(?:__pycache__|tests|\..*|.*\.pyc|.*\.ts|test_.*\.py)$/.test(entry.name)) continue;
    const [source, target, name] = [join(from, entry.name), join(to, entry.name), `${prefix}${entry.name}`];
    if (entry.isDirectory()) found.push(...(await copyTree(source, target, `${name}/`)));
    else {
      const content = await readFile(source);
      await writeFile(target, content);
      found.push({ name, content });
    }
  }
  return found;
}
