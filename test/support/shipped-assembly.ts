/**
 * Templates of the shipped pipelines, made once for all tests that start them: many do, and nothing changes in between. Their
 * folder is named by a hash over all that they are made from.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { stampOf } from '../../lib/cli/assembly';
import { environment, ROOT } from './millrace';

const CACHE = join(ROOT, 'node_modules', '.cache', 'millrace');
/** Those of earlier commits go after an hour. */
const KEPT_MS = 3_600_000;

export async function shippedAssembly(): Promise<string> {
  const stamp = await stampOf(
    { root: ROOT, pipelines: join(ROOT, 'pipelines'), stateDirectory: CACHE },
    'dev',
  );
  const made = join(CACHE, `shipped-${stamp}`);
  if (existsSync(made)) return made;
  mkdirSync(CACHE, { recursive: true });
  for (const entry of readdirSync(CACHE)) {
    const old = join(CACHE, entry);
    if (entry.startsWith('shipped-') && Date.now() - statSync(old).mtimeMs > KEPT_MS)
      rmSync(old, { recursive: true, force: true });
  }
  const apart = mkdtempSync(`${made}-`);
  try {
    synthesiseShipped(apart, ROOT);
    // Another test may have been quicker; what it has made is the same.
    if (!existsSync(made)) renameSync(apart, made);
  } catch (error) {
    if (!existsSync(made)) throw error;
  } finally {
    rmSync(apart, { recursive: true, force: true });
  }
  return made;
}

/** In a process of its own: pipelines are loaded as TypeScript, which the loader of the tests does in another way. */
export function synthesiseShipped(outdir: string, projectRoot: string): void {
  execFileSync(
    process.execPath,
    ['--require', 'tsx/cjs', join(__dirname, 'synthesise-shipped.ts'), outdir, projectRoot],
    { cwd: ROOT, env: environment(), stdio: ['ignore', 'ignore', 'inherit'] },
  );
}
