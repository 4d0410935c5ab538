/**
 * Finds the files of a package that `npm ci` leaves out on this machine because it is made for another platform:
 * in the project's `node_modules`, in the cache, or by download. What is downloaded must have the integrity that
 * `package-lock.json` records.
 */
import { createHash, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { LockedPackage } from './lock-file';
import type { PackPackage } from './npm-pack';
import { SynthesisError } from './synthesis-error';

/** `npm` could not get the package; with network the next synthesis will. */
export class PackageUnavailable extends Error {
  override readonly name = 'Millrace.PackageUnavailable';
}

export interface NativePackageProps {
  readonly projectRoot: string;
  readonly pkg: LockedPackage;
  readonly pack: PackPackage;
}

/**
 * @returns the folder with the package's files.
 * @throws PackageUnavailable when it is nowhere and cannot be downloaded.
 * @throws SynthesisError when a download is not what the lock file says.
 */
export async function findPackage({ projectRoot, pkg, pack }: NativePackageProps): Promise<string> {
  const installed = join(projectRoot, 'node_modules', ...pkg.name.split('/'));
  if ((await versionIn(installed)) === pkg.version) return installed;
  const cache = join(projectRoot, 'node_modules', '.cache', 'millrace', 'native');
  // The integrity is part of the name: an entry is complete and verified or it is not there.
  const digest = createHash('sha256').update(pkg.integrity).digest('hex').slice(0, 12);
  const entry = join(cache, `${pkg.name.replace('/', '+')}@${pkg.version}-${digest}`);
  if (existsSync(entry)) return entry;

  const scratch = join(cache, `.download-${randomUUID()}`);
  await mkdir(scratch, { recursive: true });
  try {
    const archive = await download(pkg, scratch, pack);
    await verify(pkg, archive);
    const unpacked = join(scratch, 'unpacked');
    await mkdir(unpacked);
    // Loaded here, as most syntheses download nothing.
    const { extract } = await import('tar');
    await extract({ file: archive, cwd: unpacked, strip: 1 });
    await rename(unpacked, entry).catch((error: unknown) => {
      // Another synthesis was faster; its entry was verified like this one.
      if (!existsSync(entry)) throw error;
    });
    return entry;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function versionIn(directory: string): Promise<string | undefined> {
  const text = await readFile(join(directory, 'package.json'), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as { version?: string }).version;
}

async function download(pkg: LockedPackage, directory: string, pack: PackPackage): Promise<string> {
  try {
    return await pack(`${pkg.name}@${pkg.version}`, directory);
  } catch (error) {
    throw new PackageUnavailable(`${pkg.name}@${pkg.version} is not installed and could not be downloaded.`, {
      cause: error,
    });
  }
}

async function verify(pkg: LockedPackage, archive: string): Promise<void> {
  const bytes = await readFile(archive);
  const known = pkg.integrity.split(/\s+/).some((entry) => {
    const [algorithm = '', expected] = entry.split(/-(.*)/s);
    return (
      ['sha512', 'sha384', 'sha256'].includes(algorithm) &&
      createHash(algorithm).update(bytes).digest('base64') === expected
    );
  });
  if (known) return;
  throw new SynthesisError(
    'NATIVE_INTEGRITY',
    `The download of ${pkg.name}@${pkg.version} does not have the integrity that package-lock.json records.`,
    'Do not deploy. Check the registry and the proxy that npm uses, then synthesise again.',
  );
}
