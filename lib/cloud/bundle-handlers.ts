/**
 * Bundles handlers with one esbuild pass: CommonJS, minified, tree-shaken, with linked source maps.
 *
 * Invariants:
 * 1. The bytes depend on the sources alone: not on where the project or the output is, nor on which other handlers are bundled.
 * 2. A handler that does not compile costs itself alone.
 */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { build, type BuildFailure, type BuildOptions, type Message, type OutputFile } from 'esbuild';
import { BundleCache, type KeptBundle } from './bundle-cache';
import type { Failure } from './failure';
import { englishOnly } from './english-only';
import { taskCredentials } from './task-credentials';

export interface HandlerBundle {
  /** Folder of the handler relative to the project, e.g. `lambdas/ingest-csv`. */
  readonly handler: string;
  /** Folder with `index.js` and `index.js.map`. */
  readonly directory: string;
  /** SHA-256 of `index.js`, hexadecimal: `MILLRACE_CODE_HASH`. */
  readonly codeHash: string;
  /** SHA-256 over both files. */
  readonly assetHash: string;
  /** Size of `index.js`. */
  readonly bytes: number;
  /** Why a template with it cannot be deployed. @default it can */
  readonly incomplete?: string;
}

export interface HandlerFailure extends Failure {
  readonly handler: string;
}

export interface BundleResult {
  readonly bundles: ReadonlyMap<string, HandlerBundle>;
  readonly failures: readonly HandlerFailure[];
}

export interface BundleProps {
  readonly projectRoot: string;
  /** Folders relative to the project, each with a `handler.ts`. */
  readonly handlers: readonly string[];
  /** Each bundle goes to `<outdir>/<handler>/`. */
  readonly outdir: string;
}

/** Where millrace itself lies: the project, or a package of it. */
const PACKAGE_ROOT = join(__dirname, '..', '..');

/** All folders `lambdas/<name>` with a `handler.ts`, sorted. */
export function findHandlers(projectRoot: string): string[] {
  const root = join(projectRoot, 'lambdas');
  if (!existsSync(root)) return [];
  return readdirSync(root)
    .filter((name) => existsSync(join(root, name, 'handler.ts')))
    .sort()
    .map((name) => `lambdas/${name}`);
}

export async function bundleHandlers({ projectRoot, handlers, outdir }: BundleProps): Promise<BundleResult> {
  const unique = [...new Set(handlers)].sort();
  const present = unique.filter((handler) => existsSync(sourceOf(projectRoot, handler)));
  const failures: HandlerFailure[] = unique
    .filter((handler) => !present.includes(handler))
    .map((handler) => ({
      handler,
      file: `${handler}/handler.ts`,
      code: 'HANDLER_MISSING',
      message: 'The handler does not exist.',
      hint: 'Create the file, or correct `handler` in the contract of the task.',
    }));
  const cache = BundleCache.here(projectRoot);
  const compiled = new Map<string, KeptBundle>();
  for (const handler of present) {
    const kept = cache?.find(sourceOf(projectRoot, handler));
    if (kept !== undefined) compiled.set(handler, kept);
  }
  const open = present.filter((handler) => !compiled.has(handler));
  const bundle = async (some: readonly string[]): Promise<void> => {
    const result = await build(options(projectRoot, some, cache !== undefined));
    for (const [handler, made] of collect(result, some, projectRoot)) {
      compiled.set(handler, made);
      if (result.metafile !== undefined) cache?.keep(sourceOf(projectRoot, handler), made, result.metafile);
    }
  };
  try {
    if (open.length > 0) await bundle(open);
  } catch (error) {
    if (!isBuildFailure(error)) throw error;
    // Rare, so it may be slow: each by itself shows which ones are at fault.
    for (const handler of open) {
      try {
        await bundle([handler]);
      } catch (fault) {
        if (!isBuildFailure(fault)) throw fault;
        failures.push(handlerFailure(handler, projectRoot, fault.errors[0]));
      }
    }
  }
  const bundles = await Promise.all(
    [...compiled].map(([handler, files]) => write(handler, join(outdir, handler), files)),
  );
  return {
    bundles: new Map(bundles.map((bundle) => [bundle.handler, bundle])),
    failures: failures.sort((a, b) => (a.handler < b.handler ? -1 : 1)),
  };
}

/** Of a handler the project's own file; of those that come along with millrace, the package's. */
function sourceOf(projectRoot: string, handler: string): string {
  const own = join(projectRoot, handler, 'handler.ts');
  const ours = join(PACKAGE_ROOT, handler, 'handler.ts');
  return !existsSync(own) && existsSync(ours) ? ours : own;
}

function options(
  projectRoot: string,
  handlers: readonly string[],
  metafile: boolean,
): BuildOptions & { write: false } {
  return {
    metafile,
    absWorkingDir: projectRoot,
    entryPoints: handlers.map((handler) => ({ in: sourceOf(projectRoot, handler), out: handler })),
    // Nothing is written there: the folder only fixes what paths in the source maps are relative to.
    outdir: join(projectRoot, '.bundles'),
    entryNames: '[dir]/[name]/index',
    plugins: [englishOnly, taskCredentials],
    write: false,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    // All is in one file or CommonJS: `require` brings it without Node's loader of ES modules, and V8 may keep what it compiled.
    supported: { 'dynamic-import': false },
    mainFields: ['module', 'main'],
    external: ['@duckdb/*'],
    minify: true,
    treeShaking: true,
    sourcemap: 'linked',
    // Positions and names suffice for a stack; with the sources a map has several times the size of its bundle.
    sourcesContent: false,
    legalComments: 'none',
    charset: 'utf8',
    logLevel: 'silent',
    define: { 'process.env.NODE_ENV': '"production"' },
  };
}

function* collect(
  result: { readonly outputFiles?: readonly OutputFile[] | undefined },
  handlers: readonly string[],
  projectRoot: string,
): Generator<readonly [string, KeptBundle]> {
  for (const handler of handlers) {
    const folder = `${sep}.bundles${sep}${handler.split('/').join(sep)}${sep}`;
    const files = result.outputFiles?.filter((file) => file.path.includes(folder)) ?? [];
    const js = files.find((file) => file.path.endsWith('index.js'));
    const map = files.find((file) => file.path.endsWith('index.js.map'));
    if (js === undefined || map === undefined) throw new Error(`esbuild made no bundle of ${handler}.`);
    yield [handler, { js: js.contents, map: withoutPlace(map, projectRoot) }];
  }
}

async function write(handler: string, directory: string, { js, map }: KeptBundle): Promise<HandlerBundle> {
  await mkdir(directory, { recursive: true });
  await Promise.all([
    writeFile(join(directory, 'index.js'), js),
    writeFile(join(directory, 'index.js.map'), map),
  ]);
  return {
    handler,
    directory,
    codeHash: createHash('sha256').update(js).digest('hex'),
    assetHash: createHash('sha256').update(js).update(map).digest('hex'),
    bytes: js.byteLength,
  };
}

/** A source map in which files of a package outside of the project are named from the package on. */
function withoutPlace(map: OutputFile, projectRoot: string): string {
  const folder = dirname(map.path);
  // Nearly all maps have none, and they are large.
  const outside = `"${relative(folder, projectRoot).split(sep).join('/')}/../`;
  if (!map.text.includes(outside)) return map.text;
  const parsed = JSON.parse(map.text) as { sources: string[] };
  const isOutside = (source: string) => relative(projectRoot, resolve(folder, source)).startsWith('..');
  parsed.sources = parsed.sources.map((source) =>
    isOutside(source)
      ? `millrace/${relative(PACKAGE_ROOT, resolve(folder, source)).split(sep).join('/')}`
      : source,
  );
  return JSON.stringify(parsed);
}

function isBuildFailure(error: unknown): error is BuildFailure {
  return error instanceof Error && Array.isArray((error as Partial<BuildFailure>).errors);
}

function handlerFailure(handler: string, projectRoot: string, fault: Message | undefined): HandlerFailure {
  const { location } = fault ?? {};
  const file = location ? relative(projectRoot, join(projectRoot, location.file)) : `${handler}/handler.ts`;
  return {
    handler,
    file: file.split(sep).join('/'),
    ...(location ? { line: location.line } : {}),
    code: 'HANDLER_BROKEN',
    message: `The handler ${handler} does not compile: ${fault?.text ?? 'esbuild gave no reason'}.`,
    hint: 'Correct that line; `npx tsc --noEmit` shows all such errors.',
  };
}
