/** The page as it was made last, kept beside the state, while what it is made from is the same. */
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { WebFile } from './bundle-web';

const SOURCES = join(__dirname, 'web');

/** @param directory of the cache; one page is kept in it */
export async function cachedWeb(projectRoot: string, directory: string): Promise<WebFile[]> {
  const name = `${await stampOf(projectRoot)}.json`;
  const file = join(directory, name);
  const known = await readFile(file, 'utf8').catch(() => undefined);
  if (known !== undefined) return decode(known);
  const { bundleWeb } = require('./bundle-web') as typeof import('./bundle-web');
  const files = await bundleWeb(projectRoot);
  // Without a place to keep it, it is made again the next time.
  await keep(directory, name, files).catch(() => {});
  return files;
}

/** Of the page's sources, of what makes it, and of the versions of the libraries. */
async function stampOf(projectRoot: string): Promise<string> {
  const hash = createHash('sha256');
  const names = (await readdir(SOURCES, { recursive: true })).sort();
  for (const path of [join(projectRoot, 'package-lock.json'), join(__dirname, 'bundle-web.ts')])
    hash.update(await readFile(path).catch(() => ''));
  for (const name of names) {
    if (!/\.(?:tsx?|css)$/.test(name)) continue;
    hash.update(`${name}\0`).update(await readFile(join(SOURCES, name)));
  }
  return hash.digest('hex').slice(0, 32);
}

async function keep(directory: string, name: string, files: readonly WebFile[]): Promise<void> {
  await mkdir(directory, { recursive: true });
  const written = join(directory, `${name}.${process.pid}`);
  await writeFile(
    written,
    JSON.stringify(files.map((file) => ({ ...file, bytes: Buffer.from(file.bytes).toString('base64') }))),
  );
  await rename(written, join(directory, name));
  const others = (await readdir(directory)).filter((other) => other !== name && other.endsWith('.json'));
  await Promise.all(others.map((other) => rm(join(directory, other), { force: true })));
}

function decode(text: string): WebFile[] {
  const files = JSON.parse(text) as (Omit<WebFile, 'bytes'> & { readonly bytes: string })[];
  return files.map((file) => ({ ...file, bytes: Buffer.from(file.bytes, 'base64') }));
}
