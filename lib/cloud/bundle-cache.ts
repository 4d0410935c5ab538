/**
 * Bundles of handlers kept from one synthesis to the next, where MILLRACE_BUNDLE_CACHE names a folder: for many syntheses of
 * the same sources, as tests do. A bundle is taken only while every file that went into it, followed from import to import,
 * has the bytes that it had.
 */
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { version, type Metafile } from 'esbuild';

export interface KeptBundle {
  readonly js: Uint8Array;
  readonly map: string;
}

interface Entry {
  readonly settings: string;
  /** SHA-256 of each file by its path. */
  readonly inputs: Readonly<Record<string, string>>;
}

/** Where millrace itself lies: handlers of other places come and go. */
const PACKAGE_ROOT = realpathSync(join(__dirname, '..', '..'));
/** What makes bundles: with another one they are others. */
const MAKERS = ['bundle-handlers.ts', 'english-only.ts', 'task-credentials.ts'];

export class BundleCache {
  /** By path: what a file held when it was this old and this large. */
  private readonly hashes = new Map<string, { readonly stamp: string; readonly sha256: string }>();

  constructor(
    private readonly directory: string,
    private readonly projectRoot: string,
  ) {}

  /** The cache that the environment names. */
  static here(projectRoot: string): BundleCache | undefined {
    const directory = process.env['MILLRACE_BUNDLE_CACHE'];
    return directory === undefined || directory === '' ? undefined : new BundleCache(directory, projectRoot);
  }

  /** @param source entry file of the handler */
  find(source: string): KeptBundle | undefined {
    const place = this.placeOf(source);
    if (place === undefined) return undefined;
    try {
      const { inputs, settings } = JSON.parse(readFileSync(join(place, 'inputs.json'), 'utf8')) as Entry;
      if (settings !== this.settings()) return undefined;
      if (Object.entries(inputs).some(([file, sha256]) => this.hashOf(file) !== sha256)) return undefined;
      return {
        js: readFileSync(join(place, 'index.js')),
        map: readFileSync(join(place, 'index.js.map'), 'utf8'),
      };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  }

  /** Whole or not at all: others may look for it, or keep the same, at the same time. */
  keep(source: string, { js, map }: KeptBundle, metafile: Metafile): void {
    const place = this.placeOf(source);
    if (place === undefined) return;
    const inputs = this.inputsOf(source, metafile);
    const scratch = `${place}.${process.pid}`;
    mkdirSync(scratch, { recursive: true });
    writeFileSync(join(scratch, 'index.js'), js);
    writeFileSync(join(scratch, 'index.js.map'), map);
    const entry: Entry = {
      settings: this.settings(),
      inputs: Object.fromEntries(inputs.map((file) => [file, this.hashOf(file)])),
    };
    writeFileSync(join(scratch, 'inputs.json'), JSON.stringify(entry));
    try {
      rmSync(place, { recursive: true, force: true });
      renameSync(scratch, place);
    } catch {
      // Somebody else was quicker.
      rmSync(scratch, { recursive: true, force: true });
    }
  }

  /** The entry and everything that it imports, directly or not. */
  private inputsOf(source: string, { inputs }: Metafile): string[] {
    const byPath = new Map(Object.keys(inputs).map((name) => [resolve(this.projectRoot, name), name]));
    const open = [...byPath.values()].filter((name) => sameFile(resolve(this.projectRoot, name), source));
    const seen = new Set(open);
    for (let name = open.pop(); name !== undefined; name = open.pop())
      for (const { path, external } of inputs[name]?.imports ?? [])
        if (external !== true && path in inputs && !seen.has(path)) {
          seen.add(path);
          open.push(path);
        }
    return [...seen].map((name) => resolve(this.projectRoot, name)).filter((file) => existsSync(file));
  }

  /** One folder for each handler of the package and way to name its files, so that the cache does not grow. */
  private placeOf(source: string): string | undefined {
    const file = realpathSync(source);
    if (relative(PACKAGE_ROOT, file).startsWith('..')) return undefined;
    // Files of a package outside of the project are named otherwise in source maps; where the project is does not matter.
    const inside = relative(realpathSync(this.projectRoot), file);
    const name = JSON.stringify([file, inside.startsWith('..') ? 'outside' : inside]);
    return join(this.directory, createHash('sha256').update(name).digest('hex').slice(0, 32));
  }

  /** Of what makes a bundle besides its files. */
  private settings(): string {
    const hash = createHash('sha256').update(version);
    for (const maker of MAKERS) hash.update(this.hashOf(join(__dirname, maker)));
    for (const file of ['tsconfig.json', 'package.json', 'package-lock.json'])
      hash.update(this.hashOf(join(this.projectRoot, file)));
    return hash.digest('hex');
  }

  private hashOf(file: string): string {
    if (!existsSync(file)) return 'none';
    const { mtimeMs, size } = statSync(file);
    const stamp = `${mtimeMs} ${size}`;
    const known = this.hashes.get(file);
    if (known?.stamp === stamp) return known.sha256;
    const sha256 = createHash('sha256').update(readFileSync(file)).digest('hex');
    this.hashes.set(file, { stamp, sha256 });
    return sha256;
  }
}

function sameFile(a: string, b: string): boolean {
  return existsSync(a) && existsSync(b) && statSync(a).ino === statSync(b).ino;
}
