/**
 * Published versions of functions: what a version runs stays what it was, also when the folder of the assembly is made anew.
 * Publishing what has not changed gives the version that is there, as Lambda does.
 */
import { cpSync, existsSync, linkSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Database, RootDatabase } from 'lmdb';
import type { FunctionConfig } from './function-config';

/** Versions of a function that are kept; older ones cannot run here any more. */
const KEPT = 20;

interface Published {
  readonly config: FunctionConfig;
  /** The configuration with the code that it was published from. */
  readonly identity: string;
}

export class FunctionVersions {
  private readonly versions: Database<Published, [string, number]>;

  constructor(
    private readonly root: RootDatabase,
    private readonly directory: string,
  ) {
    this.versions = root.openDB({ name: 'lambda.versions', encoding: 'json' });
  }

  /** Returns the number of the version. */
  publish(config: FunctionConfig): number {
    const identity = JSON.stringify({ ...config, codeDirectory: basename(config.codeDirectory) });
    const known = [...this.versions.getRange({ start: [config.name, 0], end: [config.name, Infinity] })];
    const newest = known.at(-1);
    if (newest?.value.identity === identity && existsSync(newest.value.config.codeDirectory))
      return newest.key[1];
    const number = (newest?.key[1] ?? 0) + 1;
    const codeDirectory = join(this.directory, basename(config.codeDirectory));
    if (!existsSync(codeDirectory)) keepFolder(config.codeDirectory, codeDirectory);
    const outdated = known.slice(0, Math.max(0, known.length + 1 - KEPT));
    this.root.transactionSync(() => {
      void this.versions.put([config.name, number], {
        config: { ...config, version: number, codeDirectory },
        identity,
      });
      for (const { key } of outdated) void this.versions.remove(key);
    });
    if (outdated.length > 0) this.removeUnused();
    return number;
  }

  get(name: string, version: number): FunctionConfig | undefined {
    return this.versions.get([name, version])?.config;
  }

  private removeUnused(): void {
    const used = new Set(
      [...this.versions.getRange({})].map(({ value }) => basename(value.config.codeDirectory)),
    );
    for (const folder of readdirSync(this.directory))
      if (!used.has(folder)) rmSync(join(this.directory, folder), { recursive: true, force: true });
  }
}

/** By links where the file system has them: the same bytes are there once. */
function keepFolder(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) keepFolder(source, target);
    else {
      try {
        linkSync(source, target);
      } catch {
        cpSync(source, target);
      }
    }
  }
}
