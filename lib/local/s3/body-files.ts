/** Bodies of objects: files under random names, each written once, in one directory. */
import { createHash, randomBytes } from 'node:crypto';
import {
  createReadStream,
  createWriteStream,
  mkdirSync,
  readdirSync,
  rmSync,
  type ReadStream,
} from 'node:fs';
import { rm } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { Transform, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { crc32 } from 'node:zlib';
import { AwsError } from '../service';
import { ChunkedBody } from './chunked-body';

export interface Written {
  /** Name of the file. */
  readonly body: string;
  readonly size: number;
  readonly md5: string;
  /** Base64. */
  readonly crc32: string;
  readonly trailers: Readonly<Record<string, string>>;
}

export class BodyFiles {
  constructor(readonly directory: string) {
    mkdirSync(directory, { recursive: true });
  }

  /** Removes files that nobody names: what a kill has left. */
  keepOnly(named: ReadonlySet<string>): void {
    for (const file of readdirSync(this.directory)) if (!named.has(file)) this.drop(file);
  }

  /** Streams a body into a file of its own. @throws AwsError InsufficientStorage, IncompleteBody; nothing is left then */
  async store(source: Readable & { headers?: IncomingMessage['headers'] }): Promise<Written> {
    const body = randomBytes(16).toString('hex');
    const path = join(this.directory, body);
    const md5 = createHash('md5');
    let crc = 0;
    let size = 0;
    const tap = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        md5.update(chunk);
        crc = crc32(chunk, crc);
        size += chunk.length;
        done(null, chunk);
      },
    });
    const chunked =
      String(source.headers?.['content-encoding'] ?? '').includes('aws-chunked') ||
      String(source.headers?.['x-amz-content-sha256'] ?? '').startsWith('STREAMING-');
    const unchunk = chunked ? new ChunkedBody() : undefined;
    try {
      if (unchunk === undefined) await pipeline(source, tap, createWriteStream(path));
      else await pipeline(source, unchunk, tap, createWriteStream(path));
    } catch (cause) {
      await rm(path, { force: true });
      const full = cause instanceof Error && 'code' in cause && cause.code === 'ENOSPC';
      throw new AwsError(
        full ? 'InsufficientStorage' : 'IncompleteBody',
        full
          ? 'The disk is full; the object was not stored.'
          : 'You did not provide the number of bytes specified by the Content-Length HTTP header.',
        full ? 507 : 400,
      );
    }
    const checksum = Buffer.alloc(4);
    checksum.writeUInt32BE(crc);
    return {
      body,
      size,
      md5: md5.digest('hex'),
      crc32: checksum.toString('base64'),
      trailers: unchunk?.trailers ?? {},
    };
  }

  /** @param range bytes from `start` to `end`, both included. @default all */
  read(body: string, range?: { readonly start: number; readonly end: number }): ReadStream {
    return createReadStream(join(this.directory, body), range);
  }

  drop(body: string): void {
    rmSync(join(this.directory, body), { force: true });
  }
}
