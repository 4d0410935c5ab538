/**
 * Objects of the data bucket.
 *
 * 1. What passes through is hashed on the way; both directions stream.
 * 2. A write sends a whole object at once: a key has either the old bytes or the new ones.
 * 3. Keys hold a content hash or a run id, so writing one again writes the same bytes.
 */
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { PassThrough, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type GetObjectCommandOutput,
  type PutObjectCommandInput,
  type S3Client,
} from '@aws-sdk/client-s3';
import type { ObjectRef } from '../tasks/dataset';
import { HashingStream } from './hashing-stream';
import { ObjectNotFound, objectError } from './object-errors';
import { pauseBefore } from './pause';

export interface PutOptions {
  readonly contentType?: string | undefined;
}

export interface ListedObject {
  readonly key: string;
  readonly bytes: number;
  /** ISO instant. S3 knows it to the second. */
  readonly writtenAt: string;
}

export interface ObjectHead {
  readonly bytes: number;
  readonly etag: string;
  readonly versionId?: string;
}

/** Below it a file is read whole, which lets the SDK repeat the request. */
const IN_MEMORY_BYTES = 16 * 1024 * 1024;
/** S3's limit of one request. */
const MAX_BYTES = 5 * 1024 ** 3;
const STREAM_ATTEMPTS = 4;

export class ObjectStore {
  constructor(
    private readonly client: S3Client,
    readonly bucket: string,
  ) {}

  uri(key: string): string {
    return `s3://${this.bucket}/${key}`;
  }

  /** @throws BucketNotFound, ObjectAccessDenied */
  async putBytes(key: string, body: Uint8Array | string, options: PutOptions = {}): Promise<ObjectRef> {
    const bytes = typeof body === 'string' ? Buffer.from(body) : body;
    const versionId = await this.send(key, { Body: bytes, ContentType: options.contentType });
    return reference(
      this.uri(key),
      createHash('sha256').update(bytes).digest('hex'),
      bytes.length,
      versionId,
    );
  }

  /** Streams a file of at most 5 GiB. @throws BucketNotFound, ObjectAccessDenied */
  async putFile(key: string, path: string, options: PutOptions = {}): Promise<ObjectRef> {
    const { size } = await stat(path);
    if (size <= IN_MEMORY_BYTES) return this.putBytes(key, await readFile(path), options);
    if (size > MAX_BYTES) {
      throw new RangeError(
        `${path} has ${size} bytes; an object written at once has at most ${MAX_BYTES}. Split it into several objects.`,
      );
    }
    for (let attempt = 1; ; attempt++) {
      // Made anew for every attempt: the SDK cannot repeat a request whose body it has consumed.
      const body = new HashingStream();
      const reading = pipeline(createReadStream(path), body).catch(() => undefined);
      try {
        const versionId = await this.send(key, {
          Body: body,
          ContentLength: size,
          ContentType: options.contentType,
        });
        return reference(this.uri(key), body.sha256(), size, versionId);
      } catch (error) {
        body.destroy();
        await reading;
        if (attempt === STREAM_ATTEMPTS || !isPassing(error)) throw error;
        await pauseBefore(attempt, 200, 5_000);
      }
    }
  }

  /** @throws ObjectNotFound, BucketNotFound, ObjectAccessDenied */
  async getBytes(keyOrUri: string): Promise<Uint8Array> {
    const { body } = await this.open(keyOrUri);
    const chunks: Buffer[] = [];
    for await (const chunk of body) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks);
  }

  async getText(keyOrUri: string): Promise<string> {
    return Buffer.from(await this.getBytes(keyOrUri)).toString('utf8');
  }

  /** @throws SyntaxError that names the object when it is not JSON */
  async getJson<T>(keyOrUri: string): Promise<T> {
    const text = await this.getText(keyOrUri);
    try {
      return JSON.parse(text) as T;
    } catch (cause) {
      const { bucket, key } = this.locate(keyOrUri);
      throw new SyntaxError(`s3://${bucket}/${key} is not JSON: ${(cause as Error).message}`, { cause });
    }
  }

  /** Streams an object to a file. @throws ObjectNotFound, BucketNotFound, ObjectAccessDenied */
  async download(keyOrUri: string, path: string): Promise<ObjectRef> {
    const { body, bucket, key, versionId } = await this.open(keyOrUri);
    const tap = new HashingStream();
    await pipeline(body, tap, createWriteStream(path));
    return reference(`s3://${bucket}/${key}`, tap.sha256(), tap.bytes, versionId);
  }

  /** `undefined` when there is no such object. */
  async head(keyOrUri: string): Promise<ObjectHead | undefined> {
    const { bucket, key } = this.locate(keyOrUri);
    try {
      const answer = await this.client.send(new HeadObjectCommand({ Bucket: bucket, Key: key }));
      return {
        bytes: answer.ContentLength ?? 0,
        etag: answer.ETag ?? '',
        ...(answer.VersionId === undefined ? {} : { versionId: answer.VersionId }),
      };
    } catch (error) {
      const named = objectError(error, bucket, key, 'read');
      if (named instanceof ObjectNotFound) return undefined;
      throw named;
    }
  }

  /** All objects under a prefix, in key order. */
  async list(prefix: string): Promise<ListedObject[]> {
    const found: ListedObject[] = [];
    let token: string | undefined;
    do {
      const page = await this.client
        .send(new ListObjectsV2Command({ Bucket: this.bucket, Prefix: prefix, ContinuationToken: token }))
        .catch((error: unknown) => {
          throw objectError(error, this.bucket, prefix, 'read');
        });
      for (const { Key = '', Size = 0, LastModified } of page.Contents ?? [])
        found.push({ key: Key, bytes: Size, writtenAt: LastModified?.toISOString() ?? '' });
      token = page.NextContinuationToken;
    } while (token !== undefined);
    return found;
  }

  /** What lies directly in a folder: objects, and folders without their trailing slash, as names relative to it. */
  async listFolder(
    folder: string,
  ): Promise<{ readonly name: string; readonly folder: boolean; readonly bytes: number }[]> {
    const prefix = folder === '' || folder.endsWith('/') ? folder : `${folder}/`;
    const found: { name: string; folder: boolean; bytes: number }[] = [];
    let token: string | undefined;
    do {
      const page = await this.client
        .send(
          new ListObjectsV2Command({
            Bucket: this.bucket,
            Prefix: prefix,
            Delimiter: '/',
            ContinuationToken: token,
          }),
        )
        .catch((error: unknown) => {
          throw objectError(error, this.bucket, prefix, 'read');
        });
      for (const { Prefix = '' } of page.CommonPrefixes ?? [])
        found.push({ name: Prefix.slice(prefix.length, -1), folder: true, bytes: 0 });
      for (const { Key = '', Size = 0 } of page.Contents ?? [])
        if (Key !== prefix) found.push({ name: Key.slice(prefix.length), folder: false, bytes: Size });
      token = page.NextContinuationToken;
    } while (token !== undefined);
    return found.sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** Streams an object, or a part of it: `bytes=<first>-<last>`. @throws ObjectNotFound, BucketNotFound, ObjectAccessDenied */
  async read(
    keyOrUri: string,
    range?: string,
  ): Promise<{
    readonly body: Readable;
    readonly bytes: number;
    readonly contentType: string | undefined;
    readonly contentRange: string | undefined;
  }> {
    const { answer } = await this.fetch(keyOrUri, range);
    return {
      body: answer.Body as Readable,
      bytes: answer.ContentLength ?? 0,
      contentType: answer.ContentType,
      contentRange: answer.ContentRange,
    };
  }

  /** Stores a stream of known length; it can be sent once. @throws BucketNotFound, ObjectAccessDenied */
  async putStream(key: string, body: Readable, bytes: number, options: PutOptions = {}): Promise<void> {
    // A source that is cut off must not fail within the SDK, where nobody listens and the process would end: it is stopped
    // from here, and nothing is stored.
    const cut = new AbortController();
    const whole = body.pipe(new PassThrough());
    body.once('error', () => cut.abort());
    body.once('close', () => {
      if (!body.readableEnded) cut.abort();
    });
    const input = { Body: whole, ContentLength: bytes, ContentType: options.contentType };
    await this.send(key, input, cut.signal);
  }

  /** Deleting what is not there changes nothing. @throws BucketNotFound, ObjectAccessDenied */
  async delete(key: string): Promise<void> {
    try {
      await this.client.send(new DeleteObjectCommand({ Bucket: this.bucket, Key: key }));
    } catch (error) {
      throw objectError(error, this.bucket, key, 'write');
    }
  }

  private async send(
    key: string,
    input: Omit<PutObjectCommandInput, 'Bucket' | 'Key'>,
    abortSignal?: AbortSignal,
  ): Promise<string | undefined> {
    try {
      const answer = await this.client.send(
        new PutObjectCommand({ Bucket: this.bucket, Key: key, ...input }),
        abortSignal === undefined ? {} : { abortSignal },
      );
      return answer.VersionId;
    } catch (error) {
      throw objectError(error, this.bucket, key, 'write');
    }
  }

  private async open(
    keyOrUri: string,
  ): Promise<{ body: Readable; bucket: string; key: string; versionId: string | undefined }> {
    const { answer, bucket, key } = await this.fetch(keyOrUri);
    return { body: answer.Body as Readable, bucket, key, versionId: answer.VersionId };
  }

  private async fetch(
    keyOrUri: string,
    range?: string,
  ): Promise<{ answer: GetObjectCommandOutput; bucket: string; key: string }> {
    const { bucket, key } = this.locate(keyOrUri);
    try {
      const answer = await this.client.send(
        new GetObjectCommand({ Bucket: bucket, Key: key, ...(range === undefined ? {} : { Range: range }) }),
      );
      return { answer, bucket, key };
    } catch (error) {
      throw objectError(error, bucket, key, 'read');
    }
  }

  private locate(keyOrUri: string): { bucket: string; key: string } {
    const [, bucket = this.bucket, key = keyOrUri] = /^s3:\/\/([^/]+)\/(.+)$/s.exec(keyOrUri) ?? [];
    return { bucket, key };
  }
}

function reference(uri: string, sha256: string, bytes: number, versionId: string | undefined): ObjectRef {
  return { uri, sha256, bytes, ...(versionId === undefined ? {} : { versionId }) };
}

/** Faults of the service or of the network, as opposed to refusals. */
function isPassing(error: unknown): boolean {
  const status = (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode;
  return error instanceof Error && (status === undefined ? 'code' in error : status >= 500 || status === 429);
}
