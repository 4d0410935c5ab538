/**
 * The Lambda layer with DuckDB: the JavaScript packages and the Linux binary for the functions' architecture, whatever
 * platform the synthesis runs on.
 *
 * The layer is `missing` when the binary is neither here nor to be had (offline), and `placeholder` when nobody is
 * going to deploy (the local cloud takes DuckDB from `node_modules`). A template with such a layer refuses to be deployed.
 */
import { createHash } from 'node:crypto';
import { cp, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { lockedPackages, type LockedPackage } from './lock-file';
import { findPackage, PackageUnavailable } from './native-package';
import { npmPack, type PackPackage } from './npm-pack';
import type { Architecture } from './settings';

export interface NativeLayer {
  readonly state: 'complete' | 'missing' | 'placeholder';
  readonly directory: string;
  /** Follows from names, versions and integrity hashes, so that 70 MB need not be read. */
  readonly assetHash: string;
  /** Why it is missing, and the remedy. */
  readonly message?: string;
}

export interface NativeLayerProps {
  readonly projectRoot: string;
  readonly architecture: Architecture;
  /** The folder to fill; it becomes `/opt`. */
  readonly directory: string;
  /** Leave the binary out. @default false */
  readonly placeholder?: boolean;
  /** @default npm pack */
  readonly pack?: PackPackage;
}

/** @throws SynthesisError when a download is not what the lock file says, or the lock file lacks the packages. */
export async function buildNativeLayer(props: NativeLayerProps): Promise<NativeLayer> {
  if (props.placeholder) return emptyLayer(props, 'placeholder', LOCAL_ONLY);
  const packages = await lockedPackages(props.projectRoot, packageNames(props.architecture));
  try {
    const found: [LockedPackage, string][] = [];
    for (const pkg of packages) {
      found.push([
        pkg,
        await findPackage({ projectRoot: props.projectRoot, pkg, pack: props.pack ?? npmPack }),
      ]);
    }
    for (const [pkg, from] of found) {
      const to = join(props.directory, 'nodejs', 'node_modules', ...pkg.name.split('/'));
      await cp(from, to, { recursive: true, filter: (path) => !path.endsWith('.d.ts') });
    }
  } catch (error) {
    if (!(error instanceof PackageUnavailable)) throw error;
    return emptyLayer(
      props,
      'missing',
      `${error.message} This template cannot be deployed. Synthesise again with network: the binary is then kept in node_modules/.cache.`,
    );
  }
  return { state: 'complete', directory: props.directory, assetHash: hashOf(props.architecture, packages) };
}

const LOCAL_ONLY =
  'This template was made for the local cloud and has no binaries for Lambda. Run npx cdk synth for one that can be deployed.';

/** `detect-libc` is what the bindings choose between glibc and musl with. */
function packageNames(architecture: Architecture): string[] {
  const cpu = architecture === 'arm64' ? 'arm64' : 'x64';
  return ['@duckdb/node-api', '@duckdb/node-bindings', `@duckdb/node-bindings-linux-${cpu}`, 'detect-libc'];
}

async function emptyLayer(
  { directory }: NativeLayerProps,
  state: 'missing' | 'placeholder',
  message: string,
): Promise<NativeLayer> {
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, 'README.txt'), `${message}\n`);
  return { state, directory, assetHash: createHash('sha256').update(message).digest('hex'), message };
}

function hashOf(architecture: Architecture, packages: readonly LockedPackage[]): string {
  const hash = createHash('sha256').update(`layer 1 ${architecture}\n`);
  for (const pkg of packages) hash.update(`${pkg.name}@${pkg.version} ${pkg.integrity}\n`);
  return hash.digest('hex');
}
