/**
 * Objects of the data bucket. Everything written is hashed on the way, and a write sends the whole object at once:
 * a key has either the old bytes or the new ones.
 */
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Transform, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import {
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { DoNotRetry } from '../model/errors';

export interface StoredObject {
  readonly uri: string;
  readonly sha256: string;
  readonly bytes: number;
  readonly versionId?: string | undefined;
}

/** The object is not there. A retry would not bring it. */
export class ObjectNotFound extends DoNotRetry {
  override readonly name = 'Millrace.InvalidInput';

  constructor(bucket: string, key: string, cause: unknown) {
    super(
      `There is no object s3://${bucket}/${key}. Upload it (aws s3 cp FILE s3://${bucket}/${key}) or correct the key.`,
      { cause },
    );
  }
}

export class ObjectStore {
  constructor(
    private readonly client: S3Client,
    readonly bucket: string,
  ) {}

  uri(key: string): string {
    return `s3://${this.bucket}/${key}`;
  }

  async putBytes(
    key: string,
    body: Uint8Array | string,
    options: { readonly contentType?: string } = {},
  ): Promise<StoredObject> {
    const bytes = typeof body === 'string' ? Buffer.from(body) : body;
    const { VersionId } = await this.client.send(
      new PutObjectCommand({ Bucket: this.bucket, Key: key, Body: bytes, ContentType: options.contentType }),
    );
    return stored(this.uri(key), createHash('sha256').update(bytes).digest('hex'), bytes.length, VersionId);
  }

  async putFile(
    key: string,
    path: string,
    options: { readonly contentType?: string } = {},
  ): Promise<StoredObject> {
    const { size } = await stat(path);
    const hash = createHash('sha256');
    for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
    const { VersionId } = await this.client.send(
      new PutObjectCommand({
        Bucket: this.bucket,
        Key: key,
        Body: createReadStream(path),
        ContentLength: size,
        ContentType: options.contentType,
      }),
    );
    return stored(this.uri(key), hash.digest('hex'), size, VersionId);
  }

  /** @throws ObjectNotFound */
  async getBytes(keyOrUri: string): Promise<Uint8Array> {
    const { body } = await this.open(keyOrUri);
    const chunks: Buffer[] = [];
    for await (const chunk of body) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks);
  }

  async getText(keyOrUri: string): Promise<string> {
    return Buffer.from(await this.getBytes(keyOrUri)).toString('utf8');
  }

  async getJson<T>(keyOrUri: string): Promise<T> {
    return JSON.parse(await this.getText(keyOrUri)) as T;
  }

  /** Streams an object to a file. @throws ObjectNotFound */
  async download(keyOrUri: string, path: string): Promise<StoredObject> {
    const { body, bucket, key, versionId } = await this.open(keyOrUri);
    const hash = createHash('sha256');
    let bytes = 0;
    const tap = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        hash.update(chunk);
        bytes += chunk.length;
        done(null, chunk);
      },
    });
    await pipeline(body, tap, createWriteStream(path));
    return stored(`s3://${bucket}/${key}`, hash.digest('hex'), bytes, versionId);
  }

  async head(
    keyOrUri: string,
  ): Promise<{ readonly bytes: number; readonly versionId?: string | undefined } | undefined> {
    const { bucket, key } = this.locate(keyOrUri);
    try {
      const answer = await this.client.send(new HeadObjectCommand({ Bucket: bucket, Key: key }));
      return { bytes: answer.ContentLength ?? 0, versionId: answer.VersionId };
    } catch (error) {
      if (error instanceof Error && (error.name === 'NotFound' || error.name === 'NoSuchKey'))
        return undefined;
      throw error;
    }
  }

  async list(prefix: string): Promise<{ readonly key: string; readonly bytes: number }[]> {
    const found: { key: string; bytes: number }[] = [];
    let token: string | undefined;
    do {
      const page = await this.client.send(
        new ListObjectsV2Command({ Bucket: this.bucket, Prefix: prefix, ContinuationToken: token }),
      );
      for (const object of page.Contents ?? [])
        found.push({ key: object.Key ?? '', bytes: object.Size ?? 0 });
      token = page.NextContinuationToken;
    } while (token !== undefined);
    return found;
  }

  private async open(
    keyOrUri: string,
  ): Promise<{ body: Readable; bucket: string; key: string; versionId: string | undefined }> {
    const { bucket, key } = this.locate(keyOrUri);
    try {
      const answer = await this.client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
      return { body: answer.Body as Readable, bucket, key, versionId: answer.VersionId };
    } catch (error) {
      if (error instanceof Error && error.name === 'NoSuchKey') throw new ObjectNotFound(bucket, key, error);
      throw error;
    }
  }

  private locate(keyOrUri: string): { bucket: string; key: string } {
    const match = /^s3:\/\/([^/]+)\/(.+)$/.exec(keyOrUri);
    return match?.[1] !== undefined && match[2] !== undefined
      ? { bucket: match[1], key: match[2] }
      : { bucket: this.bucket, key: keyOrUri };
  }
}

function stored(uri: string, sha256: string, bytes: number, versionId: string | undefined): StoredObject {
  return { uri, sha256, bytes, ...(versionId === undefined ? {} : { versionId }) };
}
