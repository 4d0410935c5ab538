/** The AWS SDK's client, unmodified, against the local port. */
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  ListPartsCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { startTestCloud, type TestCloud } from '../support/local-cloud';

describe('S3', () => {
  let cloud: TestCloud;
  let s3: S3Client;
  const Bucket = 'conformance';

  beforeAll(async () => {
    cloud = await startTestCloud();
    s3 = new S3Client(cloud.client);
    await s3.send(new CreateBucketCommand({ Bucket }));
  });
  afterAll(async () => {
    s3.destroy();
    await cloud.remove();
  });

  const text = async (Key: string, VersionId?: string) =>
    (await s3.send(new GetObjectCommand({ Bucket, Key, VersionId }))).Body?.transformToString();

  it('keeps an object with its type and metadata', async () => {
    await s3.send(
      new PutObjectCommand({
        Bucket,
        Key: 'a/b c.txt',
        Body: 'hällo',
        ContentType: 'text/plain',
        Metadata: { who: 'me' },
      }),
    );
    const head = await s3.send(new HeadObjectCommand({ Bucket, Key: 'a/b c.txt' }));
    expect(head).toMatchObject({ ContentLength: 6, ContentType: 'text/plain', Metadata: { who: 'me' } });
    expect(await text('a/b c.txt')).toBe('hällo');
  });

  it('gives ranges', async () => {
    await s3.send(new PutObjectCommand({ Bucket, Key: 'range', Body: '0123456789' }));
    const part = await s3.send(new GetObjectCommand({ Bucket, Key: 'range', Range: 'bytes=2-4' }));
    expect(part.ContentRange).toBe('bytes 2-4/10');
    expect(await part.Body?.transformToString()).toBe('234');
  });

  it('writes on condition', async () => {
    const first = await s3.send(new PutObjectCommand({ Bucket, Key: 'once', Body: '1', IfNoneMatch: '*' }));
    await expect(
      s3.send(new PutObjectCommand({ Bucket, Key: 'once', Body: '2', IfNoneMatch: '*' })),
    ).rejects.toMatchObject({ name: 'PreconditionFailed', $metadata: { httpStatusCode: 412 } });
    await s3.send(new PutObjectCommand({ Bucket, Key: 'once', Body: '3', IfMatch: first.ETag }));
    await expect(
      s3.send(new PutObjectCommand({ Bucket, Key: 'once', Body: '4', IfMatch: first.ETag })),
    ).rejects.toMatchObject({ name: 'PreconditionFailed' });
    expect(await text('once')).toBe('3');
  });

  it('lets exactly one of many conditional writers win', async () => {
    const results = await Promise.allSettled(
      Array.from({ length: 10 }, (_, i) =>
        s3.send(new PutObjectCommand({ Bucket, Key: 'race', Body: String(i), IfNoneMatch: '*' })),
      ),
    );
    expect(results.filter((result) => result.status === 'fulfilled')).toHaveLength(1);
  });

  it('lists by prefix and delimiter, page by page', async () => {
    for (const Key of ['l/1', 'l/2', 'l/x/1', 'l/x/2', 'l/y/1'])
      await s3.send(new PutObjectCommand({ Bucket, Key, Body: Key }));
    const grouped = await s3.send(new ListObjectsV2Command({ Bucket, Prefix: 'l/', Delimiter: '/' }));
    expect(grouped.Contents?.map((object) => object.Key)).toEqual(['l/1', 'l/2']);
    expect(grouped.CommonPrefixes?.map((prefix) => prefix.Prefix)).toEqual(['l/x/', 'l/y/']);
    const keys: (string | undefined)[] = [];
    let ContinuationToken: string | undefined;
    do {
      const page = await s3.send(
        new ListObjectsV2Command({ Bucket, Prefix: 'l/', MaxKeys: 2, ContinuationToken }),
      );
      keys.push(...(page.Contents ?? []).map((object) => object.Key));
      ContinuationToken = page.NextContinuationToken;
    } while (ContinuationToken !== undefined);
    expect(keys).toEqual(['l/1', 'l/2', 'l/x/1', 'l/x/2', 'l/y/1']);
  });

  it('names what is missing', async () => {
    await expect(text('absent')).rejects.toMatchObject({ name: 'NoSuchKey' });
    await expect(s3.send(new HeadObjectCommand({ Bucket, Key: 'absent' }))).rejects.toMatchObject({
      name: 'NotFound',
    });
    await expect(s3.send(new ListObjectsV2Command({ Bucket: 'no-such-bucket' }))).rejects.toMatchObject({
      name: 'NoSuchBucket',
    });
  });

  describe('an upload in parts', () => {
    const MiB = 1024 * 1024;
    const begin = async (Key: string) =>
      (await s3.send(new CreateMultipartUploadCommand({ Bucket, Key, ContentType: 'text/x-big' }))).UploadId;
    const part = async (Key: string, UploadId: string | undefined, PartNumber: number, Body: Buffer) => {
      const { ETag } = await s3.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber, Body }));
      return { ETag, PartNumber };
    };

    it('becomes an object when it is completed, with the parts in the order of their numbers', async () => {
      const Key = 'parts/joined';
      const UploadId = await begin(Key);
      const last = await part(Key, UploadId, 7, Buffer.from('end'));
      await part(Key, UploadId, 2, Buffer.alloc(5 * MiB, 'x'));
      const first = await part(Key, UploadId, 2, Buffer.alloc(5 * MiB, 'a'));
      await expect(text(Key)).rejects.toMatchObject({ name: 'NoSuchKey' });
      const { Parts } = await s3.send(new ListPartsCommand({ Bucket, Key, UploadId }));
      expect(Parts?.map(({ PartNumber, Size }) => [PartNumber, Size])).toEqual([
        [2, 5 * MiB],
        [7, 3],
      ]);
      const done = await s3.send(
        new CompleteMultipartUploadCommand({
          Bucket,
          Key,
          UploadId,
          MultipartUpload: { Parts: [first, last] },
        }),
      );
      expect(done.ETag).toMatch(/^"[0-9a-f]{32}-2"$/);
      expect(await text(Key)).toBe('a'.repeat(5 * MiB) + 'end');
      const head = await s3.send(new HeadObjectCommand({ Bucket, Key }));
      expect(head).toMatchObject({ ContentLength: 5 * MiB + 3, ContentType: 'text/x-big', ETag: done.ETag });
    });

    it('is refused with parts that are too small, unknown or out of order', async () => {
      const Key = 'parts/refused';
      const UploadId = await begin(Key);
      const [a, b] = [
        await part(Key, UploadId, 1, Buffer.from('a')),
        await part(Key, UploadId, 2, Buffer.from('b')),
      ];
      const complete = (Parts: { ETag: string | undefined; PartNumber: number }[]) =>
        s3.send(new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts } }));
      await expect(complete([a, b])).rejects.toMatchObject({ name: 'EntityTooSmall' });
      await expect(complete([{ ...a, ETag: b.ETag }])).rejects.toMatchObject({ name: 'InvalidPart' });
      await expect(complete([b, a])).rejects.toMatchObject({
        name: expect.stringMatching(/InvalidPartOrder|EntityTooSmall/),
      });
      await complete([a]);
      expect(await text(Key)).toBe('a');
    });

    it('is gone when it is aborted', async () => {
      const Key = 'parts/aborted';
      const UploadId = await begin(Key);
      await part(Key, UploadId, 1, Buffer.from('a'));
      await s3.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId }));
      await expect(part(Key, UploadId, 2, Buffer.from('b'))).rejects.toMatchObject({ name: 'NoSuchUpload' });
    });
  });

  it('keeps versions', async () => {
    await s3.send(new CreateBucketCommand({ Bucket: 'versioned' }));
    await s3.send(
      new PutBucketVersioningCommand({ Bucket: 'versioned', VersioningConfiguration: { Status: 'Enabled' } }),
    );
    const one = await s3.send(new PutObjectCommand({ Bucket: 'versioned', Key: 'k', Body: '1' }));
    await s3.send(new PutObjectCommand({ Bucket: 'versioned', Key: 'k', Body: '2' }));
    const old = await s3.send(
      new GetObjectCommand({ Bucket: 'versioned', Key: 'k', VersionId: one.VersionId }),
    );
    expect(await old.Body?.transformToString()).toBe('1');
  });

  it('deletes, also what is not there', async () => {
    await s3.send(new PutObjectCommand({ Bucket, Key: 'gone', Body: 'x' }));
    await s3.send(new DeleteObjectCommand({ Bucket, Key: 'gone' }));
    await s3.send(new DeleteObjectCommand({ Bucket, Key: 'gone' }));
    await expect(text('gone')).rejects.toMatchObject({ name: 'NoSuchKey' });
  });
});
