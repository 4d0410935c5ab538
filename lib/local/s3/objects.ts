/**
 * Objects: written, copied, read, deleted. A body goes to a file of its own first; the entry that names it is written in one
 * transaction afterwards, so a kill leaves the old object or the new one, and at most a file that nobody names.
 */
import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { AwsError, type BusEvent } from '../service';
import { noSuchKey, preconditionFailed, send, versionHeader } from './answers';
import type { BodyFiles, Written } from './body-files';
import { objectEvent } from './object-event';
import type { BucketEntry, ObjectEntry, ObjectIndex } from './object-index';
import { described, quoted, rangeOf } from './request-parts';
import { element, xml } from './xml';

export interface ObjectsOptions {
  readonly index: ObjectIndex;
  readonly files: BodyFiles;
  readonly emit: (event: BusEvent) => void;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

export class Objects {
  constructor(private readonly options: ObjectsOptions) {}

  async put(
    bucket: BucketEntry,
    key: string,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const { files } = this.options;
    const written = await files.store(request);
    const { headers } = request;
    try {
      checkDigests(headers, written);
      const entry = this.entry(bucket, key, written, described(headers));
      this.commit(bucket, entry, (existing) => {
        if (headers['if-none-match'] === '*' && existing !== undefined) throw preconditionFailed();
        if (headers['if-match'] !== undefined && existing?.etag !== quoted(headers['if-match']))
          throw existing === undefined ? noSuchKey(key) : preconditionFailed();
      });
      send(response, 200, '', {
        etag: entry.etag,
        'x-amz-checksum-crc32': written.crc32,
        ...versionHeader(bucket, entry),
      });
    } catch (error) {
      files.drop(written.body);
      throw error;
    }
  }

  /** @param source `/bucket/key`, percent-encoded */
  async copy(bucket: BucketEntry, key: string, source: string, response: ServerResponse): Promise<void> {
    const { index, files } = this.options;
    const [from = '', ...rest] = decodeURIComponent(source.split('?')[0] ?? '')
      .replace(/^\//, '')
      .split('/');
    const original = index.get(from, rest.join('/'));
    if (original === undefined) throw noSuchKey(rest.join('/'));
    const written = await files.store(files.read(original.body));
    const entry = this.entry(bucket, key, written, original);
    this.commit(bucket, entry, () => {});
    send(
      response,
      200,
      xml(
        'CopyObjectResult',
        element('ETag', entry.etag) + element('LastModified', new Date(entry.modifiedAt).toISOString()),
      ),
    );
  }

  get(
    bucket: BucketEntry,
    key: string,
    query: URLSearchParams,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> | void {
    const entry = this.options.index.get(bucket.name, key, query.get('versionId') ?? undefined);
    if (entry === undefined) throw noSuchKey(key);
    const match = request.headers['if-match'];
    if (match !== undefined && quoted(match) !== entry.etag) throw preconditionFailed();
    const headers = {
      etag: entry.etag,
      'last-modified': new Date(entry.modifiedAt).toUTCString(),
      'content-type': entry.contentType,
      'accept-ranges': 'bytes',
      ...entry.metadata,
      ...versionHeader(bucket, entry),
    };
    const known = request.headers['if-none-match'];
    if (known !== undefined && quoted(known) === entry.etag) return send(response, 304, '', headers);
    const range = rangeOf(request.headers.range, entry.size);
    const length = range === undefined ? entry.size : range.end - range.start + 1;
    response.writeHead(range === undefined ? 200 : 206, {
      ...headers,
      ...(range === undefined
        ? entry.headers
        : { 'content-range': `bytes ${range.start}-${range.end}/${entry.size}` }),
      'content-length': length,
    });
    if (request.method === 'HEAD' || length === 0) {
      response.end();
      return;
    }
    return pipeline(this.options.files.read(entry.body, range), response).catch(() => {
      // The client went away; there is nobody left to tell.
    });
  }

  delete(bucket: BucketEntry, key: string): void {
    const { index, files, emit } = this.options;
    const removed = index.remove(bucket.name, key);
    if (removed === undefined) return;
    if (!bucket.versioned) files.drop(removed.body);
    if (bucket.eventBridge) emit(objectEvent('Object Deleted', bucket, removed));
  }

  entry(
    bucket: BucketEntry,
    key: string,
    written: Pick<Written, 'body' | 'size' | 'md5' | 'crc32'>,
    from: Pick<ObjectEntry, 'contentType' | 'metadata'>,
  ): ObjectEntry {
    const now = this.options.now();
    return {
      bucket: bucket.name,
      key,
      versionId: randomBytes(16).toString('base64url'),
      body: written.body,
      size: written.size,
      etag: `"${written.md5}"`,
      modifiedAt: now,
      contentType: from.contentType,
      metadata: from.metadata,
      headers: { 'x-amz-checksum-crc32': written.crc32 },
      sequencer:
        now.toString(16).toUpperCase().padStart(16, '0') + randomBytes(2).toString('hex').toUpperCase(),
    };
  }

  /** Makes an entry the current one, if `check` does not throw for what is there; tells the bus. */
  commit(bucket: BucketEntry, entry: ObjectEntry, check: (existing: ObjectEntry | undefined) => void): void {
    const { index, files, emit } = this.options;
    const replaced = index.put(entry, bucket.versioned, check);
    if (replaced !== undefined && !bucket.versioned) files.drop(replaced.body);
    if (bucket.eventBridge) emit(objectEvent('Object Created', bucket, entry));
  }
}

/** @throws AwsError BadDigest when bytes came that the client has not sent */
function checkDigests(headers: IncomingMessage['headers'], written: Written): void {
  const checksum = headers['x-amz-checksum-crc32'] ?? written.trailers['x-amz-checksum-crc32'];
  if (typeof checksum === 'string' && checksum !== written.crc32)
    throw new AwsError('BadDigest', 'The CRC32 you specified did not match the calculated checksum.', 400);
  const md5 = headers['content-md5'];
  if (typeof md5 === 'string' && Buffer.from(md5, 'base64').toString('hex') !== written.md5)
    throw new AwsError('BadDigest', 'The Content-MD5 you specified did not match what we received.', 400);
}
