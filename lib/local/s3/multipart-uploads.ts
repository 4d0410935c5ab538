/**
 * Uploads in parts: what was begun and which parts have come, in LMDB; their bytes in files of their own. Completing one
 * joins the files into a body of its own first, so a kill leaves the upload as it was or the object.
 */
import { createHash, randomBytes } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Database, RootDatabase } from 'lmdb';
import { AwsError } from '../service';

export interface Upload {
  readonly bucket: string;
  readonly key: string;
  readonly contentType: string;
  readonly metadata: Readonly<Record<string, string>>;
}

export interface Part {
  /** File below the objects directory. */
  readonly body: string;
  readonly size: number;
  readonly md5: string;
}

export interface Joined {
  readonly body: string;
  readonly size: number;
  /** Quoted: the MD5 of the parts' MD5s, and their count. */
  readonly etag: string;
}

/** S3 asks it of every part but the last. */
const MIN_PART_BYTES = 5 * 1024 * 1024;
const MAX_PART_NUMBER = 10_000;

export class MultipartUploads {
  private readonly uploads: Database<Upload, string>;
  private readonly parts: Database<Part, [string, number]>;

  constructor(
    private readonly root: RootDatabase,
    private readonly directory: string,
  ) {
    this.uploads = root.openDB({ name: 's3.uploads', encoding: 'json' });
    this.parts = root.openDB({ name: 's3.parts', encoding: 'json' });
  }

  create(upload: Upload): string {
    const id = randomBytes(24).toString('base64url');
    this.root.transactionSync(() => void this.uploads.put(id, upload));
    return id;
  }

  /** @throws AwsError NoSuchUpload */
  find(id: string, bucket: string, key: string): Upload {
    const found = this.uploads.get(id);
    if (found === undefined || found.bucket !== bucket || found.key !== key) {
      throw new AwsError(
        'NoSuchUpload',
        'The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.',
        404,
      );
    }
    return found;
  }

  /** A part sent again replaces what came before. @throws AwsError */
  async put(id: string, number: number, part: Part): Promise<void> {
    if (!Number.isInteger(number) || number < 1 || number > MAX_PART_NUMBER)
      throw new AwsError('InvalidArgument', 'Part number must be an integer between 1 and 10000, inclusive');
    const replaced = this.root.transactionSync(() => {
      const before = this.parts.get([id, number]);
      void this.parts.put([id, number], part);
      return before;
    });
    if (replaced !== undefined) await this.drop([replaced]);
  }

  list(id: string): { readonly number: number; readonly part: Part }[] {
    return [...this.parts.getRange({ start: [id, 0], end: [id, MAX_PART_NUMBER + 1] })].map(
      ({ key, value }) => ({ number: key[1], part: value }),
    );
  }

  /** Joins the parts that the client names; the upload goes on until `end`. @throws AwsError InvalidPart, EntityTooSmall */
  async join(
    id: string,
    wanted: readonly { readonly number: number; readonly etag: string }[],
  ): Promise<Joined> {
    const known = new Map(this.list(id).map(({ number, part }) => [number, part]));
    const parts = wanted.map(({ number, etag }, i) => {
      const part = known.get(number);
      if (part === undefined || part.md5 !== etag.replaceAll('"', '')) {
        throw new AwsError(
          'InvalidPart',
          'One or more of the specified parts could not be found. The part may not have been uploaded, or the specified entity tag may not match.',
        );
      }
      if (i > 0 && number <= (wanted[i - 1]?.number ?? 0))
        throw new AwsError('InvalidPartOrder', 'The list of parts was not in ascending order.');
      if (i < wanted.length - 1 && part.size < MIN_PART_BYTES) {
        throw new AwsError(
          'EntityTooSmall',
          'Your proposed upload is smaller than the minimum allowed object size.',
        );
      }
      return part;
    });
    if (parts.length === 0) throw new AwsError('MalformedXML', 'The list of parts is empty.');
    const body = randomBytes(16).toString('hex');
    for (const part of parts) {
      await pipeline(
        createReadStream(join(this.directory, part.body)),
        createWriteStream(join(this.directory, body), { flags: 'a' }),
      );
    }
    const md5s = createHash('md5');
    for (const part of parts) md5s.update(Buffer.from(part.md5, 'hex'));
    return {
      body,
      size: parts.reduce((sum, part) => sum + part.size, 0),
      etag: `"${md5s.digest('hex')}-${parts.length}"`,
    };
  }

  /** Forgets the upload, completed or aborted. */
  async end(id: string): Promise<void> {
    const parts = this.list(id);
    this.root.transactionSync(() => {
      void this.uploads.remove(id);
      for (const { number } of parts) void this.parts.remove([id, number]);
    });
    await this.drop(parts.map(({ part }) => part));
  }

  /** Files that parts name. */
  bodies(): string[] {
    return [...this.parts.getRange({})].map(({ value }) => value.body);
  }

  private async drop(parts: readonly Part[]): Promise<void> {
    for (const { body } of parts) await rm(join(this.directory, body), { force: true });
  }
}
