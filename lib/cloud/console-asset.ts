/**
 * The bundle of the console's function with what it answers: the page, what the synthesis says of the pipelines, their machines
 * and the files that define them.
 */
import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { bundleWeb } from '../console/bundle-web';
import type { HandlerBundle } from './bundle-handlers';
import type { AssemblySummary } from './summary';

/**
 * The same page and pipelines give the same hash.
 * @param definitions texts of the machines, by their names
 */
export async function withConsoleFiles(
  bundle: HandlerBundle,
  projectRoot: string,
  summary: AssemblySummary,
  definitions: Readonly<Record<string, string>>,
): Promise<HandlerBundle> {
  const files = await bundleWeb(projectRoot);
  const hash = createHash('sha256').update(bundle.assetHash);
  const put = async (name: string, content: Uint8Array | string): Promise<void> => {
    hash.update(`${name}\0`).update(content);
    await mkdir(dirname(join(bundle.directory, name)), { recursive: true });
    await writeFile(join(bundle.directory, name), content);
  };
  await put('millrace.json', JSON.stringify(summary));
  await put('definitions.json', JSON.stringify(definitions));
  const sources = summary.pipelines.map(
    async ({ file }) => [file, await readFile(join(projectRoot, file), 'utf8')] as const,
  );
  await put('sources.json', JSON.stringify(Object.fromEntries(await Promise.all(sources))));
  await put('web/files.json', JSON.stringify(files.map(({ path, type }) => ({ path, type }))));
  for (const file of files) await put(`web/${file.path}`, file.bytes);
  return { ...bundle, assetHash: hash.digest('hex') };
}
