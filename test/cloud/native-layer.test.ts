import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { create } from 'tar';
import { buildNativeLayer, type NativeLayer } from '../../lib/cloud/native-layer';
import type { PackPackage } from '../../lib/cloud/npm-pack';

const VERSION = '1.2.3';
const ARM = '@duckdb/node-bindings-linux-arm64';
const X64 = '@duckdb/node-bindings-linux-x64';
const PURE = ['@duckdb/node-api', '@duckdb/node-bindings', 'detect-libc'];
let root: string;
let packed: string[];

/** Like `npm pack`, from a folder of archives instead of a registry. */
const pack: PackPackage = async (spec, directory) => {
  packed.push(spec);
  return archive(spec.replace(/@[^@]+$/, ''), directory);
};

const offline: PackPackage = async (spec) => {
  packed.push(spec);
  throw new Error('getaddrinfo ENOTFOUND');
};

async function archive(name: string, directory: string, binary = `binary of ${name}`): Promise<string> {
  const source = join(root, 'registry', name.replace('/', '-'));
  mkdirSync(join(source, 'package'), { recursive: true });
  writeFileSync(join(source, 'package', 'package.json'), JSON.stringify({ name, version: VERSION }));
  writeFileSync(join(source, 'package', 'duckdb.node'), binary);
  const file = join(directory, 'package.tgz');
  await create({ gzip: true, file, cwd: source, portable: true, mtime: new Date(0) }, ['package']);
  return file;
}

async function integrityOf(name: string): Promise<string> {
  const bytes = readFileSync(await archive(name, join(root, 'registry')));
  return `sha512-${createHash('sha512').update(bytes).digest('base64')}`;
}

function install(name: string, version = VERSION): void {
  const directory = join(root, 'node_modules', name);
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, 'package.json'), JSON.stringify({ name, version }));
  writeFileSync(join(directory, 'index.js'), '');
}

function build(
  name: string,
  options: Partial<Parameters<typeof buildNativeLayer>[0]> = {},
): Promise<NativeLayer> {
  return buildNativeLayer({
    projectRoot: root,
    architecture: 'arm64',
    directory: join(root, name),
    pack,
    ...options,
  });
}

const modules = (layer: NativeLayer): string[] =>
  readdirSync(join(layer.directory, 'nodejs', 'node_modules', '@duckdb')).sort();

beforeEach(async () => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'millrace-native-')));
  mkdirSync(join(root, 'registry'));
  packed = [];
  for (const name of PURE) install(name);
  const packages: Record<string, object> = {};
  for (const name of [...PURE, ARM, X64]) {
    packages[`node_modules/${name}`] = { version: VERSION, integrity: await integrityOf(name) };
  }
  writeFileSync(join(root, 'package-lock.json'), JSON.stringify({ lockfileVersion: 3, packages }));
});
afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

describe('the native layer', () => {
  it('takes the binary from node_modules when the machine has the platform of the functions', async () => {
    install(ARM);
    const layer = await build('layer');
    expect(layer.state).toBe('complete');
    expect(modules(layer)).toEqual(['node-api', 'node-bindings', 'node-bindings-linux-arm64']);
    expect(existsSync(join(layer.directory, 'nodejs', 'node_modules', 'detect-libc', 'index.js'))).toBe(true);
    expect(packed).toEqual([]);
  });

  it('downloads the binary once, verifies it and keeps it', async () => {
    const first = await build('first');
    const file = join(first.directory, 'nodejs', 'node_modules', ARM, 'duckdb.node');
    expect(readFileSync(file, 'utf8')).toBe(`binary of ${ARM}`);
    expect(packed).toEqual([`${ARM}@${VERSION}`]);
    const second = await build('second', { pack: offline });
    expect(second.state).toBe('complete');
    expect(second.assetHash).toBe(first.assetHash);
    expect(packed).toHaveLength(1);
  });

  it('does not take an installed binary of another version', async () => {
    install(ARM, '1.2.2');
    await build('layer');
    expect(packed).toEqual([`${ARM}@${VERSION}`]);
  });

  it('carries the binary for the architecture of the functions', async () => {
    const layer = await build('layer', { architecture: 'x86_64' });
    expect(modules(layer)).toEqual(['node-api', 'node-bindings', 'node-bindings-linux-x64']);
    expect(layer.assetHash).not.toBe((await build('other')).assetHash);
  });

  it('is missing offline, with the remedy, and complete as soon as there is network', async () => {
    const layer = await build('layer', { pack: offline });
    expect(layer.state).toBe('missing');
    expect(layer.message).toContain(`${ARM}@${VERSION} is not installed and could not be downloaded.`);
    expect(layer.message).toContain('Synthesise again with network');
    expect(readdirSync(layer.directory)).toEqual(['README.txt']);
    expect((await build('again')).state).toBe('complete');
  });

  it('refuses a download that is not what the lock file says, and keeps nothing of it', async () => {
    const tampered: PackPackage = (_spec, directory) => archive(ARM, directory, 'something else');
    await expect(build('layer', { pack: tampered })).rejects.toMatchObject({
      name: 'Millrace.SynthesisError',
      code: 'NATIVE_INTEGRITY',
    });
    expect(readdirSync(join(root, 'node_modules', '.cache', 'millrace', 'native'))).toEqual([]);
  });

  it('refuses a lock file without the platform of the functions, and a missing one', async () => {
    writeFileSync(join(root, 'package-lock.json'), JSON.stringify({ packages: {} }));
    await expect(build('layer')).rejects.toMatchObject({ code: 'NATIVE_LOCK' });
    rmSync(join(root, 'package-lock.json'));
    await expect(build('layer')).rejects.toMatchObject({ code: 'NATIVE_LOCK' });
  });

  it('is a placeholder for the local cloud, without reading or downloading anything', async () => {
    rmSync(join(root, 'package-lock.json'));
    const layer = await build('layer', { placeholder: true, pack: offline });
    expect(layer.state).toBe('placeholder');
    expect(readdirSync(layer.directory)).toEqual(['README.txt']);
    expect(packed).toEqual([]);
  });
});
