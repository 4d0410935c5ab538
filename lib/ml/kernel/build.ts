/**
 * Compiles a kernel (`source/*.as`, AssemblyScript: TypeScript's syntax for WebAssembly) and writes `module.ts` beside it.
 *
 *   npm run build:kernel
 *
 * The compiler is fetched for it by npx, at the version below: it is large, and nothing else needs it. `module.ts` is
 * committed, and tests compare the hash of the sources in it with the sources.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';

const COMPILER = 'assemblyscript@0.28.20';

interface KernelSources {
  /** Has `source`, and gets `module.ts`. */
  readonly folder: string;
  readonly options: readonly string[];
}

/** Of the estimators. */
export const LEARNING: KernelSources = {
  folder: __dirname,
  options: [
    '-O3',
    '--noAssert',
    '--runtime=stub',
    '--enable=simd',
    '--enable=threads',
    '--importMemory',
    '--sharedMemory',
    '--initialMemory=1',
    '--maximumMemory=65536',
    // The words below it are those of the jobs and their descriptions.
    '--memoryBase=1024',
  ],
};

/** Of the reader of CSV. */
export const READING: KernelSources = {
  folder: join(__dirname, '..', '..', 'data', 'csv-kernel'),
  // The words below the base are its table.
  options: ['-O3', '--noAssert', '--runtime=stub', '--initialMemory=1', '--memoryBase=1024'],
};

/** SHA-256 over the sources, the compiler and its options. */
export function sourceHash(sources: KernelSources): string {
  const hash = createHash('sha256').update(JSON.stringify([COMPILER, sources.options]));
  for (const name of names(sources))
    hash.update(name).update(readFileSync(join(sources.folder, 'source', name)));
  return hash.digest('hex');
}

function names({ folder }: KernelSources): string[] {
  return readdirSync(join(folder, 'source'))
    .filter((name) => name.endsWith('.as'))
    .sort();
}

function compile(sources: KernelSources): Buffer {
  const directory = mkdtempSync(join(tmpdir(), 'millrace-kernel-'));
  try {
    // The compiler wants its files to end in .ts, which would make them TypeScript here.
    for (const name of names(sources))
      writeFileSync(
        join(directory, name.replace(/\.as$/, '.ts')),
        readFileSync(join(sources.folder, 'source', name)),
      );
    const run = spawnSync(
      'npx',
      ['--yes', '--package', COMPILER, 'asc', 'index.ts', ...sources.options, '-o', 'kernel.wasm'],
      { cwd: directory, encoding: 'utf8' },
    );
    if (run.error !== undefined || run.status !== 0)
      throw new Error(`The kernel was not compiled: ${run.error?.message ?? run.stderr}`);
    return readFileSync(join(directory, 'kernel.wasm'));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function main(): void {
  for (const sources of [LEARNING, READING]) {
    const module = compile(sources);
    const lines = (module.toString('base64').match(/.{1,100}/g) ?? []).map((line) => `  '${line}'`);
    const file = join(sources.folder, 'module.ts');
    writeFileSync(
      file,
      [
        '/** Made from `source` by `npm run build:kernel`. */',
        `export const SOURCE_HASH = '${sourceHash(sources)}';`,
        '',
        `export const MODULE =\n${lines.join(' +\n')};`,
        '',
      ].join('\n'),
    );
    console.log(`${relative(process.cwd(), file)}: ${module.length} bytes of WebAssembly.`);
  }
}

if (require.main === module) main();
