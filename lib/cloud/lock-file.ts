/** Reads exact versions and integrity hashes from `package-lock.json` (lockfileVersion 2 and 3). */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SynthesisError } from './synthesis-error';

export interface LockedPackage {
  readonly name: string;
  readonly version: string;
  /** Subresource Integrity string, e.g. `sha512-…`. */
  readonly integrity: string;
}

interface LockEntry {
  readonly version?: string;
  readonly integrity?: string;
}

/** @throws SynthesisError when the lock file is missing, or has no such package. */
export async function lockedPackages(
  projectRoot: string,
  names: readonly string[],
): Promise<LockedPackage[]> {
  const text = await readFile(join(projectRoot, 'package-lock.json'), 'utf8').catch((cause: unknown) => {
    throw new SynthesisError(
      'NATIVE_LOCK',
      'package-lock.json cannot be read, so the binaries for Lambda cannot be verified.',
      'Run npm install and keep package-lock.json in the repository.',
      { cause },
    );
  });
  const entries = (JSON.parse(text) as { packages?: Record<string, LockEntry> }).packages ?? {};
  return names.map((name) => {
    const entry = entries[`node_modules/${name}`];
    if (entry?.version === undefined || entry.integrity === undefined) {
      throw new SynthesisError(
        'NATIVE_LOCK',
        `package-lock.json has no version with an integrity hash of ${name}, which functions with native: ['duckdb'] need.`,
        'Run npm install in a clean copy and commit package-lock.json; a release without that platform must not be used.',
      );
    }
    return { name, version: entry.version, integrity: entry.integrity };
  });
}
