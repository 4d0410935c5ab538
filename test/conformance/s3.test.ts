/** The AWS SDK's client, unmodified, against the local port. */
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutBucketVersioningCommand,
  PutObjectCommand,
  S3Client,
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
