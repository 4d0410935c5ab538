/**
 * Compiles the kernel (`source/*.as`, AssemblyScript: TypeScript's syntax for WebAssembly) and writes `module.ts`.
 *
 *   npm run build:kernel
 *
 * The compiler is fetched for it by npx, at the version below: it is large, and nothing else needs it. `module.ts` is
 * committed, and a test compares the hash of the sources in it with the sources.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const SOURCES = join(__dirname, 'source');
const COMPILER = 'assemblyscript@0.28.20';
const OPTIONS = [
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
];

/** SHA-256 over the sources, the compiler and its options. */
export function sourceHash(): string {
  const hash = createHash('sha256').update(JSON.stringify([COMPILER, OPTIONS]));
  for (const name of names()) hash.update(name).update(readFileSync(join(SOURCES, name)));
  return hash.digest('hex');
}

function names(): string[] {
  return readdirSync(SOURCES)
    .filter((name) => name.endsWith('.as'))
    .sort();
}

function compile(): Buffer {
  const directory = mkdtempSync(join(tmpdir(), 'millrace-kernel-'));
  try {
    // The compiler wants its files to end in .ts, which would make them TypeScript here.
    for (const name of names())
      writeFileSync(join(directory, name.replace(/\.as$/, '.ts')), readFileSync(join(SOURCES, name)));
    const run = spawnSync(
      'npx',
      ['--yes', '--package', COMPILER, 'asc', 'index.ts', ...OPTIONS, '-o', 'kernel.wasm'],
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
  const module = compile();
  const lines = (module.toString('base64').match(/.{1,100}/g) ?? []).map((line) => `  '${line}'`);
  writeFileSync(
    join(__dirname, 'module.ts'),
    [
      '/** Made from `source` by `npm run build:kernel`. */',
      `export const SOURCE_HASH = '${sourceHash()}';`,
      '',
      `export const MODULE =\n${lines.join(' +\n')};`,
      '',
    ].join('\n'),
  );
  console.log(`lib/ml/kernel/module.ts: ${module.length} bytes of WebAssembly.`);
}

if (require.main === module) main();
