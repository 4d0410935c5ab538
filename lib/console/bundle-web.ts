/**
 * The page: TypeScript of lib/console/web as a few files with hashed names, and the worker that it asks for layouts; made by
 * esbuild in well under a second.
 */
import { join, sep } from 'node:path';
import { build, type BuildOptions, type OutputFile } from 'esbuild';

export interface WebFile {
  /** Behind `/console/`: `assets/main-ABCD1234.js`, or `index.html`. */
  readonly path: string;
  readonly type: string;
  readonly bytes: Uint8Array;
}

const TYPES: Readonly<Record<string, string>> = {
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
};

const DEFINE = { 'process.env.NODE_ENV': '"production"' };

/** The same sources give the same bytes. @param projectRoot where `node_modules` is */
export async function bundleWeb(projectRoot: string): Promise<WebFile[]> {
  // The page has to know its name.
  const worker = await build({
    ...common(projectRoot),
    entryPoints: [{ in: join(__dirname, 'web', 'layout-worker.ts'), out: 'layout-worker' }],
    format: 'iife',
  });
  const workerFiles = worker.outputFiles.map(webFile(projectRoot));
  const { outputFiles, metafile } = await build({
    ...common(projectRoot),
    entryPoints: [{ in: join(__dirname, 'web', 'main.tsx'), out: 'main' }],
    splitting: true,
    format: 'esm',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    metafile: true,
    define: { ...DEFINE, LAYOUT_WORKER: JSON.stringify(`/console/${workerFiles[0]?.path}`) },
  });
  const files = [...workerFiles, ...outputFiles.map(webFile(projectRoot))];
  const [entry] = Object.entries(metafile.outputs).filter(([, output]) =>
    output.entryPoint?.endsWith('web/main.tsx'),
  );
  if (entry === undefined) throw new Error('esbuild made no page of lib/console/web.');
  const inOut = (path: string): string => path.slice(path.indexOf('assets/'));
  // What the entry loads at once is asked for at once.
  const imports = entry[1].imports
    .filter(({ kind }) => kind === 'import-statement')
    .map(({ path }) => inOut(path));
  const html = page(inOut(entry[0]), inOut(entry[1].cssBundle ?? ''), imports);
  return [...files, { path: 'index.html', type: 'text/html; charset=utf-8', bytes: Buffer.from(html) }];
}

function common(projectRoot: string) {
  return {
    absWorkingDir: projectRoot,
    outdir: folder(projectRoot),
    write: false,
    bundle: true,
    platform: 'browser',
    target: 'es2022',
    entryNames: 'assets/[name]-[hash]',
    chunkNames: 'assets/[name]-[hash]',
    minify: true,
    legalComments: 'none',
    charset: 'utf8',
    logLevel: 'silent',
    define: DEFINE,
  } satisfies BuildOptions;
}

/** Nothing is written there. */
function folder(projectRoot: string): string {
  return join(projectRoot, '.console');
}

function webFile(projectRoot: string): (output: OutputFile) => WebFile {
  const from = folder(projectRoot).length + 1;
  return ({ path, contents }) => {
    const name = path.slice(from).split(sep).join('/');
    return {
      path: name,
      type: TYPES[name.slice(name.lastIndexOf('.') + 1)] ?? 'text/plain',
      bytes: contents,
    };
  };
}

function page(script: string, style: string, imports: readonly string[]): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>millrace</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/console/${style}">
${imports.map((path) => `<link rel="modulepreload" href="/console/${path}">`).join('\n')}
<script type="module" src="/console/${script}"></script>
</head>
<body><div id="app"><noscript>The console needs JavaScript.</noscript></div></body>
</html>
`;
}
