/**
 * Amazon S3 on this machine, as far as SDK clients see it: buckets, objects, conditional writes, versions, listings, events.
 * A body goes to a file of its own first; the entry that names it is written in one transaction afterwards, so a kill
 * leaves the old object or the new one, and at most a file that nobody names, which the next start removes.
 */
import { createHash, randomBytes } from 'node:crypto';
import { createReadStream, createWriteStream, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { Transform, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { crc32 } from 'node:zlib';
import type { RootDatabase } from 'lmdb';
import { AwsError, type BusEvent, type HttpService, type Principal } from '../service';
import { ChunkedBody } from './chunked-body';
import { MultipartUploads } from './multipart-uploads';
import { ObjectIndex, type BucketEntry, type ObjectEntry } from './object-index';
import { element, list, xml } from './xml';

export interface S3Options {
  readonly root: RootDatabase;
  /** Where bodies lie. */
  readonly directory: string;
  readonly emit: (event: BusEvent) => void;
  /** Milliseconds since 1970. @default real time */
  readonly now?: () => number;
}

export class S3Service implements HttpService {
  private readonly index: ObjectIndex;
  private readonly uploads: MultipartUploads;

  constructor(private readonly options: S3Options) {
    this.index = new ObjectIndex(options.root);
    mkdirSync(options.directory, { recursive: true });
    this.uploads = new MultipartUploads(options.root, options.directory);
    const named = new Set([...this.index.bodies(), ...this.uploads.bodies()]);
    for (const file of readdirSync(options.directory))
      if (!named.has(file)) rmSync(join(options.directory, file), { force: true });
  }

  createBucket(name: string, settings: { readonly versioned: boolean; readonly eventBridge: boolean }): void {
    const existing = this.index.buckets.get(name);
    this.options.root.transactionSync(
      () =>
        void this.index.buckets.put(name, {
          name,
          ...settings,
          createdAt: existing?.createdAt ?? Date.now(),
        }),
    );
  }

  hasBucket(name: string): boolean {
    return this.index.buckets.get(name) !== undefined;
  }

  async handle(request: IncomingMessage, response: ServerResponse, _principal: Principal): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://s3');
    const { bucket, key } = addressOf(request, url);
    try {
      if (bucket === '') this.listBuckets(response);
      else if (key === '') await this.onBucket(bucket, url.searchParams, request, response);
      else await this.onObject(this.bucket(bucket), key, url.searchParams, request, response);
    } catch (error) {
      fail(response, request, error);
    }
  }

  private bucket(name: string): BucketEntry {
    const found = this.index.buckets.get(name);
    if (found === undefined)
      throw new AwsError('NoSuchBucket', `The specified bucket does not exist: ${name}`, 404);
    return found;
  }

  private listBuckets(response: ServerResponse): void {
    const entries = [...this.index.buckets.getRange({})].map(({ value }) =>
      element(
        'Bucket',
        element('Name', value.name) + element('CreationDate', new Date(value.createdAt).toISOString()),
        true,
      ),
    );
    send(response, 200, xml('ListAllMyBucketsResult', element('Buckets', entries.join(''), true)));
  }

  private async onBucket(
    name: string,
    query: URLSearchParams,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    switch (request.method ?? 'GET') {
      case 'PUT':
        if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name))
          throw new AwsError('InvalidBucketName', `The specified bucket is not valid: ${name}`, 400);
        if (query.has('versioning')) {
          const body = await text(request);
          this.createBucket(name, {
            ...this.bucket(name),
            versioned: body.includes('<Status>Enabled</Status>'),
          });
        } else if (this.hasBucket(name))
          throw new AwsError(
            'BucketAlreadyOwnedByYou',
            'Your previous request to create the named bucket succeeded and you already own it.',
            409,
          );
        else this.createBucket(name, { versioned: false, eventBridge: false });
        return send(response, 200, '', { location: `/${name}` });
      case 'HEAD':
        this.bucket(name);
        return send(response, 200, '', { 'x-amz-bucket-region': 'us-east-1' });
      case 'POST':
        if (query.has('delete')) return this.deleteMany(this.bucket(name), await text(request), response);
        break;
      case 'DELETE':
        this.bucket(name);
        if (!this.index.list(name, '', '').next().done)
          throw new AwsError('BucketNotEmpty', 'The bucket you tried to delete is not empty', 409);
        this.options.root.transactionSync(() => void this.index.buckets.remove(name));
        return send(response, 204, '');
      case 'GET':
        this.bucket(name);
        if (query.has('location')) return send(response, 200, xml('LocationConstraint', ''));
        if (query.has('versioning'))
          return send(
            response,
            200,
            xml('VersioningConfiguration', this.bucket(name).versioned ? element('Status', 'Enabled') : ''),
          );
        return this.listObjects(name, query, response);
    }
    throw new AwsError('MethodNotAllowed', 'The specified method is not allowed against this resource.', 405);
  }

  private async onObject(
    bucket: BucketEntry,
    key: string,
    query: URLSearchParams,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    if (query.has('uploads') || query.has('uploadId'))
      return this.onUpload(bucket, key, query, request, response);
    switch (request.method ?? 'GET') {
      case 'PUT':
        return request.headers['x-amz-copy-source'] === undefined
          ? this.put(bucket, key, request, response)
          : this.copy(bucket, key, String(request.headers['x-amz-copy-source']), response);
      case 'GET':
      case 'HEAD':
        return this.get(bucket, key, query, request, response);
      case 'DELETE':
        this.delete(bucket, key);
        return send(response, 204, '');
    }
    throw new AwsError('MethodNotAllowed', 'The specified method is not allowed against this resource.', 405);
  }

  /** Uploads in parts. */
  private async onUpload(
    bucket: BucketEntry,
    key: string,
    query: URLSearchParams,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const id = query.get('uploadId') ?? '';
    const named = element('Bucket', bucket.name) + element('Key', key);
    switch (`${request.method} ${query.has('uploads') ? 'uploads' : 'upload'}`) {
      case 'POST uploads': {
        const made = this.uploads.create({ bucket: bucket.name, key, ...described(request.headers) });
        return send(response, 200, xml('InitiateMultipartUploadResult', named + element('UploadId', made)));
      }
      case 'PUT upload': {
        this.uploads.find(id, bucket.name, key);
        const { body, size, md5, crc32: crc } = await this.store(request);
        await this.uploads.put(id, Number(query.get('partNumber')), { body, size, md5 });
        return send(response, 200, '', { etag: `"${md5}"`, 'x-amz-checksum-crc32': crc });
      }
      case 'POST upload': {
        const upload = this.uploads.find(id, bucket.name, key);
        const parts = [...(await text(request)).matchAll(/<Part>(.*?)<\/Part>/gs)].map(([, part = '']) => ({
          number: Number(/<PartNumber>\s*(\d+)/.exec(part)?.[1]),
          etag: unescapeXml(/<ETag>([^<]*)/.exec(part)?.[1] ?? ''),
        }));
        const { body, size, etag } = await this.uploads.join(id, parts);
        const entry = {
          ...this.entry(bucket, key, { body, size, md5: '', crc32: '', trailers: {} }, upload),
          etag,
          headers: {},
        };
        this.commit(bucket, entry, () => {});
        await this.uploads.end(id);
        return send(
          response,
          200,
          xml(
            'CompleteMultipartUploadResult',
            element('Location', `/${bucket.name}/${key}`) + named + element('ETag', etag),
          ),
          versionHeader(bucket, entry),
        );
      }
      case 'GET upload': {
        this.uploads.find(id, bucket.name, key);
        const parts = this.uploads
          .list(id)
          .map(({ number, part }) =>
            element(
              'Part',
              element('PartNumber', String(number)) +
                element('ETag', `"${part.md5}"`) +
                element('Size', String(part.size)),
              true,
            ),
          );
        return send(
          response,
          200,
          xml(
            'ListPartsResult',
            named + element('UploadId', id) + element('IsTruncated', 'false') + parts.join(''),
          ),
        );
      }
      case 'DELETE upload':
        this.uploads.find(id, bucket.name, key);
        await this.uploads.end(id);
        return send(response, 204, '');
    }
    throw new AwsError('MethodNotAllowed', 'The specified method is not allowed against this resource.', 405);
  }

  private async put(
    bucket: BucketEntry,
    key: string,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const written = await this.store(request);
    const { headers } = request;
    try {
      const checksum = headers['x-amz-checksum-crc32'] ?? written.trailers['x-amz-checksum-crc32'];
      if (typeof checksum === 'string' && checksum !== written.crc32)
        throw new AwsError(
          'BadDigest',
          'The CRC32 you specified did not match the calculated checksum.',
          400,
        );
      const md5 = headers['content-md5'];
      if (typeof md5 === 'string' && Buffer.from(md5, 'base64').toString('hex') !== written.md5)
        throw new AwsError('BadDigest', 'The Content-MD5 you specified did not match what we received.', 400);
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
      await rm(join(this.options.directory, written.body), { force: true });
      throw error;
    }
  }

  private async copy(
    bucket: BucketEntry,
    key: string,
    source: string,
    response: ServerResponse,
  ): Promise<void> {
    const [from = '', ...rest] = decodeURIComponent(source.split('?')[0] ?? '')
      .replace(/^\//, '')
      .split('/');
    const original = this.index.get(from, rest.join('/'));
    if (original === undefined) throw noSuchKey(rest.join('/'));
    const written = await this.store(createReadStream(join(this.options.directory, original.body)));
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

  /** Streams a body into a file of its own. */
  private async store(source: Readable & { headers?: IncomingMessage['headers'] }): Promise<Written> {
    const body = randomBytes(16).toString('hex');
    const path = join(this.options.directory, body);
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

  private entry(
    bucket: BucketEntry,
    key: string,
    written: Written,
    from: Pick<ObjectEntry, 'contentType' | 'metadata'>,
  ): ObjectEntry {
    const now = this.options.now?.() ?? Date.now();
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

  private commit(
    bucket: BucketEntry,
    entry: ObjectEntry,
    check: (existing: ObjectEntry | undefined) => void,
  ): void {
    const replaced = this.index.put(entry, bucket.versioned, check);
    if (replaced !== undefined && !bucket.versioned)
      rmSync(join(this.options.directory, replaced.body), { force: true });
    if (bucket.eventBridge) this.options.emit(objectEvent('Object Created', bucket, entry));
  }

  private get(
    bucket: BucketEntry,
    key: string,
    query: URLSearchParams,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> | void {
    const entry = this.index.get(bucket.name, key, query.get('versionId') ?? undefined);
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
    if (
      request.headers['if-none-match'] !== undefined &&
      quoted(request.headers['if-none-match']) === entry.etag
    )
      return send(response, 304, '', headers);
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
    return pipeline(createReadStream(join(this.options.directory, entry.body), range), response).catch(() => {
      // The client went away; there is nobody left to tell.
    });
  }

  private delete(bucket: BucketEntry, key: string): void {
    const removed = this.index.remove(bucket.name, key);
    if (removed === undefined) return;
    if (!bucket.versioned) rmSync(join(this.options.directory, removed.body), { force: true });
    if (bucket.eventBridge) this.options.emit(objectEvent('Object Deleted', bucket, removed));
  }

  private deleteMany(bucket: BucketEntry, body: string, response: ServerResponse): void {
    const keys = [...body.matchAll(/<Key>([^<]*)<\/Key>/g)].map((match) => unescapeXml(match[1] ?? ''));
    for (const key of keys) this.delete(bucket, key);
    send(
      response,
      200,
      xml('DeleteResult', keys.map((key) => element('Deleted', element('Key', key), true)).join('')),
    );
  }

  private listObjects(bucket: string, query: URLSearchParams, response: ServerResponse): void {
    const prefix = query.get('prefix') ?? '';
    const delimiter = query.get('delimiter') ?? '';
    const limit = Math.min(Number(query.get('max-keys') ?? 1000), 1000);
    const token = query.get('continuation-token');
    let after =
      token !== null
        ? Buffer.from(token, 'base64url').toString('utf8')
        : (query.get('start-after') ?? query.get('marker') ?? '');
    const contents: string[] = [];
    const common = new Set<string>();
    let truncated = false;
    for (const entry of this.index.list(bucket, prefix, after)) {
      const cut = delimiter === '' ? -1 : entry.key.indexOf(delimiter, prefix.length);
      const group = cut < 0 ? undefined : entry.key.slice(0, cut + delimiter.length);
      if (group !== undefined && common.has(group)) continue;
      if (contents.length + common.size >= limit) {
        truncated = true;
        break;
      }
      after = entry.key;
      if (group !== undefined) common.add(group);
      else
        contents.push(
          element(
            'Contents',
            element('Key', entry.key) +
              element('LastModified', new Date(entry.modifiedAt).toISOString()) +
              element('ETag', entry.etag) +
              element('Size', String(entry.size)) +
              element('StorageClass', 'STANDARD'),
            true,
          ),
        );
    }
    send(
      response,
      200,
      xml(
        'ListBucketResult',
        element('Name', bucket) +
          element('Prefix', prefix) +
          element('KeyCount', String(contents.length + common.size)) +
          element('MaxKeys', String(limit)) +
          element('IsTruncated', String(truncated)) +
          (truncated
            ? element('NextContinuationToken', Buffer.from(after).toString('base64url')) +
              element('NextMarker', after)
            : '') +
          contents.join('') +
          list('CommonPrefixes', 'Prefix', [...common]),
      ),
    );
  }
}

interface Written {
  readonly body: string;
  readonly size: number;
  readonly md5: string;
  readonly crc32: string;
  readonly trailers: Readonly<Record<string, string>>;
}

/** What an object is told to be, besides its bytes. */
function described(headers: IncomingMessage['headers']): Pick<ObjectEntry, 'contentType' | 'metadata'> {
  return {
    contentType: headers['content-type'] ?? 'binary/octet-stream',
    metadata: Object.fromEntries(
      Object.entries(headers)
        .filter(([name]) => name.startsWith('x-amz-meta-'))
        .map(([name, value]) => [name, String(value)]),
    ),
  };
}

function addressOf(request: IncomingMessage, url: URL): { bucket: string; key: string } {
  const path = decodeURIComponent(url.pathname).replace(/^\//, '');
  const host = /^([a-z0-9.-]+)\.(?:s3\.)?localhost(?::\d+)?$/.exec(request.headers.host ?? '')?.[1];
  if (host !== undefined && host !== 's3') return { bucket: host, key: path };
  const cut = path.indexOf('/');
  return cut < 0 ? { bucket: path, key: '' } : { bucket: path.slice(0, cut), key: path.slice(cut + 1) };
}

function objectEvent(type: string, bucket: BucketEntry, entry: ObjectEntry): BusEvent {
  return {
    source: 'aws.s3',
    'detail-type': type,
    resources: [`arn:aws:s3:::${bucket.name}`],
    detail: {
      version: '0',
      bucket: { name: bucket.name },
      object: {
        key: entry.key,
        size: entry.size,
        etag: entry.etag.replaceAll('"', ''),
        ...(bucket.versioned ? { 'version-id': entry.versionId } : {}),
        sequencer: entry.sequencer,
      },
      reason: type === 'Object Created' ? 'PutObject' : 'DeleteObject',
    },
  };
}

function rangeOf(header: string | undefined, size: number): { start: number; end: number } | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? '');
  if (match === null) return undefined;
  const suffix = match[1] === '';
  const start = suffix ? Math.max(0, size - Number(match[2])) : Number(match[1]);
  const end = suffix || match[2] === '' ? size - 1 : Math.min(Number(match[2]), size - 1);
  if (start > end) throw new AwsError('InvalidRange', 'The requested range is not satisfiable', 416);
  return { start, end };
}

function versionHeader(bucket: BucketEntry, entry: ObjectEntry): Record<string, string> {
  return bucket.versioned ? { 'x-amz-version-id': entry.versionId } : {};
}

function quoted(etag: string): string {
  return etag.startsWith('"') ? etag : `"${etag}"`;
}

function preconditionFailed(): AwsError {
  return new AwsError(
    'PreconditionFailed',
    'At least one of the pre-conditions you specified did not hold',
    412,
  );
}

function noSuchKey(key: string): AwsError {
  return new AwsError('NoSuchKey', `The specified key does not exist: ${key}`, 404);
}

function send(
  response: ServerResponse,
  status: number,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, {
    ...(body === '' ? {} : { 'content-type': 'application/xml' }),
    'content-length': Buffer.byteLength(body),
    ...headers,
  });
  response.end(body);
}

function fail(response: ServerResponse, request: IncomingMessage, error: unknown): void {
  const known =
    error instanceof AwsError
      ? error
      : new AwsError('InternalError', error instanceof Error ? error.message : String(error), 500);
  if (response.headersSent) {
    response.destroy();
    return;
  }
  request.resume();
  send(
    response,
    known.status,
    request.method === 'HEAD'
      ? ''
      : `<?xml version="1.0" encoding="UTF-8"?><Error>${element('Code', known.code)}${element('Message', known.message)}</Error>`,
  );
}

async function text(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks);
  return body.toString('utf8');
}

function unescapeXml(value: string): string {
  return value
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&apos;', "'")
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&');
}
