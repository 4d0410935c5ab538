import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openGoogleCloudStorage } from '../../lib/connections/google-cloud-storage';
import { InvalidDataset } from '../../lib/data/invalid-dataset';
import { joinFiles, newestMark, type MarkRange, type PartFile } from '../../lib/data/join-files';
import { DoNotRetry } from '../../lib/model/errors';
import type { TaskContext } from '../../lib/runtime/task-context';
import { taskHandler } from '../../lib/runtime/task-handler';
import type { InputOf } from '../../lib/tasks/contract';
import { ingestFiles } from '../../lib/tasks/ingest-files';
import { importFile } from '../import-file';
import { connectionUser, emptyError, storeIngested } from '../ingested';
import { memoryMb } from '../made-dataset';
import { rangeOf } from '../watermark';

type Input = InputOf<typeof ingestFiles>;

export const handler = taskHandler(ingestFiles, async (input, context) => {
  const { watermark, whenEmpty } = input;
  const store = await storeOf(input, context);
  const ends = input.format === 'jsonl' ? /\.(jsonl|ndjson)$/i : new RegExp(`\\.${input.format}$`, 'i');
  const all = (await store.list()).filter(({ name }) => ends.test(name));
  all.sort((a, b) => (a.name < b.name ? -1 : 1));
  const range = watermark === undefined ? undefined : await rangeOf(context, watermark.start);
  const low = range?.low ?? null;
  let high = range?.high;
  let chosen = all;
  if (watermark !== undefined && 'by' in watermark) {
    const fresh = all.filter(({ name }) => low === null || name > low);
    high ??= high === undefined ? (fresh.at(-1)?.name ?? low) : null;
    await range?.end(high);
    const last = high;
    chosen = fresh.filter(({ name }) => last !== null && name <= last);
  }
  if (chosen.length > input.maxFiles)
    throw new DoNotRetry(
      `There are ${chosen.length} files below '${input.prefix}', and ${input.maxFiles} are allowed (maxFiles). Take a longer prefix, or a watermark.`,
    );
  const nothing = () => emptyError(whenEmpty === 'skip' ? 'skip' : 'fail', `'${store.uri}${input.prefix}'`);
  if (chosen.length === 0) throw nothing();
  const scratch = await context.tmp();
  const parts: PartFile[] = [];
  for (const [i, file] of chosen.entries()) {
    const path = join(scratch, `source-${i}.${input.format}`);
    await store.fetch(file, path);
    const source = `${store.uri}${file.name}`;
    const made = await importFile({ ...input, path, source, scratch, name: `part-${i}.parquet` });
    if (made.columns.length > 0) parts.push({ path: made.path, source, columns: made.columns });
  }
  if (parts.length === 0) throw nothing();
  const options = { scratch, memoryMb: memoryMb() };
  let marks: MarkRange | undefined;
  if (watermark !== undefined && 'column' in watermark) {
    const { column } = watermark;
    if (high === undefined) {
      high = (await newestMark(parts, column, low, options)) ?? low;
      await range?.end(high);
    }
    marks = { column, low, high };
  }
  const target = join(scratch, 'dataset.parquet');
  const made = { path: target, ...(await joinFiles(parts, target, options, marks)) };
  const versions = chosen.map(
    ({ name, version }) => `${store.uri}${name}${version === '' ? '' : `#${version}`}`,
  );
  return {
    dataset: await storeIngested(context, input, made, `'${store.uri}${input.prefix}'`, {
      by: ingestFiles.name,
      // The first and the last: a thousand names are too many to travel with the state.
      from:
        versions.length > 10 ? [versions[0]!, `… ${versions.length - 2} more`, versions.at(-1)!] : versions,
    }),
    range: range === undefined ? null : { low, high: high ?? null },
    files: chosen.length,
    last: versions.at(-1)!,
  };
});

interface StoredFile {
  readonly name: string;
  /** Generation of Google's objects; '' where names are enough. */
  readonly version: string;
}

/** The files below the prefix, wherever they are. */
async function storeOf({ connection, bucket, prefix }: Input, context: TaskContext) {
  if (connection === undefined) {
    if (!prefix.startsWith('raw/'))
      throw new InvalidDataset(
        `The prefix '${prefix}' is not below raw/, where files from outside lie in the data bucket.`,
      );
    const { objects } = context;
    return {
      uri: `s3://${objects.bucket}/`,
      list: async () =>
        (await objects.list(prefix)).map(({ key }): StoredFile => ({ name: key, version: '' })),
      fetch: async ({ name }: StoredFile, path: string) => void (await objects.download(name, path)),
    };
  }
  const storage = await openGoogleCloudStorage(connectionUser(context), connection);
  const found = await storage.list(prefix, bucket);
  return {
    uri: `gs://${found[0]?.bucket ?? bucket ?? ''}/`,
    list: async () => found.map(({ name, generation }): StoredFile => ({ name, version: generation })),
    fetch: async ({ name, version }: StoredFile, path: string) =>
      writeFile(path, await storage.read(name, bucket, version)),
  };
}
