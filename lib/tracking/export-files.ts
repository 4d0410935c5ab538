/** The files of an export while it is written; see `transfer-format.ts` for what is in them. */
import { createWriteStream, existsSync, mkdirSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { finished, pipeline } from 'node:stream/promises';
import { HashingStream } from '../aws/hashing-stream';
import { TrackingRefused } from './tracking-refused';
import {
  FORMAT,
  KINDS,
  MANIFEST,
  OBJECTS,
  type Counts,
  type Kind,
  type Manifest,
  type Records,
} from './transfer-format';

export class ExportFiles {
  private readonly streams: Readonly<Record<Kind, ReturnType<typeof createWriteStream>>>;
  private readonly written: Record<Kind, number>;

  /** @throws TrackingRefused when there is something in the folder */
  constructor(private readonly directory: string) {
    if (existsSync(directory) && readdirSync(directory).length > 0)
      throw new TrackingRefused('INVALID_STATE', `${directory} is not empty.`);
    mkdirSync(join(directory, OBJECTS), { recursive: true });
    const each = <T>(make: (kind: Kind) => T) =>
      Object.fromEntries(KINDS.map((kind) => [kind, make(kind)])) as Record<Kind, T>;
    this.streams = each((kind) => createWriteStream(join(directory, `${kind}.jsonl`)));
    this.written = each(() => 0);
  }

  async write<K extends Kind>(kind: K, record: Records[K]): Promise<void> {
    this.written[kind]++;
    const stream = this.streams[kind];
    if (!stream.write(`${JSON.stringify(record)}\n`)) await once(stream, 'drain');
  }

  /** Keeps the bytes of an artifact, once for the same bytes. One at a time. */
  async keep(body: Readable): Promise<{ readonly sha256: string; readonly bytes: number }> {
    const part = join(this.directory, OBJECTS, 'part');
    const tap = new HashingStream();
    await pipeline(body, tap, createWriteStream(part));
    const [sha256, { bytes }] = [tap.sha256(), tap];
    renameSync(part, join(this.directory, OBJECTS, sha256));
    return { sha256, bytes };
  }

  /** @param bucket of the store that it came from */
  async close(bucket: string): Promise<Counts> {
    await Promise.all(
      Object.values(this.streams).map(async (stream) => {
        stream.end();
        await finished(stream);
      }),
    );
    const manifest: Manifest = {
      format: FORMAT,
      exportedAt: new Date().toISOString(),
      bucket,
      counts: this.written,
    };
    writeFileSync(join(this.directory, MANIFEST), `${JSON.stringify(manifest, null, 2)}\n`);
    return this.written;
  }
}
