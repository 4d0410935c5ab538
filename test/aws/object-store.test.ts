import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { S3Client } from '@aws-sdk/client-s3';
import { s3Client } from '../../lib/aws/clients/s3';
import { objectError, ObjectAccessDenied } from '../../lib/aws/object-errors';
import { ObjectStore } from '../../lib/aws/object-store';
import { startLocalAws, type LocalAws } from '../support/local-aws';

const BUCKET = 'millrace-test-data';
let aws: LocalAws;
let objects: ObjectStore;
let directory: string;
beforeAll(async () => {
  aws = await startLocalAws();
  objects = new ObjectStore(s3Client(), BUCKET);
  directory = mkdtempSync(join(tmpdir(), 'millrace-objects-'));
});
afterAll(async () => {
  rmSync(directory, { recursive: true, force: true });
  await aws.stop();
});
afterEach(() => jest.restoreAllMocks());

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

describe('an object', () => {
  it('comes back as it was written, by key or by URI, with its hash and size', async () => {
    const stored = await objects.putBytes('raw/ä b.json', '{"é":1}', { contentType: 'application/json' });
    expect(stored).toEqual({
      uri: `s3://${BUCKET}/raw/ä b.json`,
      sha256: sha256(Buffer.from('{"é":1}')),
      bytes: 8,
    });
    expect(await objects.getText('raw/ä b.json')).toBe('{"é":1}');
    expect(await objects.getJson(stored.uri)).toEqual({ é: 1 });
    expect(await objects.head('raw/ä b.json')).toMatchObject({
      bytes: 8,
      etag: expect.stringMatching(/^"[0-9a-f]{32}"$/) as unknown,
    });
  });

  it.each([0, 1000, 17 * 1024 * 1024])('of %d bytes goes from file to file unchanged', async (size) => {
    const bytes = randomBytes(size);
    const from = join(directory, `from-${size}`);
    const to = join(directory, `to-${size}`);
    writeFileSync(from, bytes);
    const up = await objects.putFile(`raw/file-${size}`, from);
    expect(up).toEqual({ uri: `s3://${BUCKET}/raw/file-${size}`, sha256: sha256(bytes), bytes: size });
    expect(await objects.download(up.uri, to)).toEqual(up);
    expect(sha256(readFileSync(to))).toBe(up.sha256);
  });

  it('that is streamed is sent again from its beginning when the connection breaks', async () => {
    const bytes = randomBytes(17 * 1024 * 1024);
    const path = join(directory, 'repeated');
    writeFileSync(path, bytes);
    const client = new S3Client({ forcePathStyle: true });
    const send = client.send.bind(client);
    let failures = 2;
    jest.spyOn(client, 'send').mockImplementation((async (command: never) => {
      if (failures-- > 0) throw Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
      return send(command);
    }) as never);
    const stored = await new ObjectStore(client, BUCKET).putFile('raw/repeated', path);
    expect(stored.sha256).toBe(sha256(bytes));
    expect(sha256(await objects.getBytes('raw/repeated'))).toBe(stored.sha256);
    client.destroy();
  });

  it('written again under its key is the new one for every reader', async () => {
    await objects.putBytes('raw/again', 'old');
    await objects.putBytes('raw/again', 'new');
    expect(await objects.getText('raw/again')).toBe('new');
  });

  it('that is missing is named with bucket, key and the way to upload it', async () => {
    const missing = {
      name: 'Millrace.ObjectNotFound',
      bucket: BUCKET,
      key: 'raw/none.csv',
      message: `There is no object s3://${BUCKET}/raw/none.csv. Upload it (aws s3 cp FILE s3://${BUCKET}/raw/none.csv) or correct the key.`,
    };
    await expect(objects.getBytes('raw/none.csv')).rejects.toMatchObject(missing);
    await expect(objects.download('raw/none.csv', join(directory, 'none'))).rejects.toMatchObject(missing);
    expect(await objects.head('raw/none.csv')).toBeUndefined();
  });

  it('in a bucket that is missing says so', async () => {
    const elsewhere = new ObjectStore(s3Client(), 'no-such-bucket');
    const missing = { name: 'Millrace.BucketNotFound', bucket: 'no-such-bucket' };
    await expect(elsewhere.putBytes('k', 'v')).rejects.toMatchObject(missing);
    await expect(elsewhere.getBytes('k')).rejects.toMatchObject(missing);
    await expect(elsewhere.list('')).rejects.toMatchObject(missing);
  });

  it('that may not be touched says which access to declare', () => {
    const denied = Object.assign(new Error('Access Denied'), { name: 'AccessDenied' });
    const error = objectError(denied, BUCKET, 'features/x/y.parquet', 'write');
    expect(error).toBeInstanceOf(ObjectAccessDenied);
    expect((error as Error).message).toContain(
      "add { store: 'objects', mode: 'write', prefix: 'features/' } to its access",
    );
    const other = new Error('other');
    expect(objectError(other, BUCKET, 'k', 'read')).toBe(other);
  });

  it('that is no JSON is named', async () => {
    await objects.putBytes('raw/broken.json', '{');
    await expect(objects.getJson('raw/broken.json')).rejects.toThrow(
      `s3://${BUCKET}/raw/broken.json is not JSON`,
    );
  });
});

it('a folder has what lies directly in it', async () => {
  const store = objects;
  for (const path of ['f/b.txt', 'f/a/1', 'f/a/2', 'f/a/deep/3', 'f.txt', 'f/'])
    await store.putBytes(`folders/${path}`, path);
  const names = (entries: readonly { name: string; folder: boolean; bytes: number }[]) =>
    entries.map(({ name, folder, bytes }) => [name, folder, bytes]);
  expect(names(await store.listFolder('folders/f'))).toEqual([
    ['a', true, 0],
    ['b.txt', false, 7],
  ]);
  expect(names(await store.listFolder('folders/f/a/'))).toEqual([
    ['1', false, 5],
    ['2', false, 5],
    ['deep', true, 0],
  ]);
  expect(await store.listFolder('folders/none')).toEqual([]);
});

it('an object is read in parts and deleted', async () => {
  const store = objects;
  await store.putStream('parts/x', Readable.from([Buffer.from('0123456789')]), 10, {
    contentType: 'text/plain',
  });
  const part = await store.read('parts/x', 'bytes=2-4');
  expect(part).toMatchObject({ bytes: 3, contentRange: 'bytes 2-4/10', contentType: 'text/plain' });
  expect(await text(part.body)).toBe('234');
  for (const _again of [1, 2]) await store.delete('parts/x');
  await expect(store.read('parts/x')).rejects.toMatchObject({ name: 'Millrace.ObjectNotFound' });
});

it('a listing has every object under the prefix, in key order, over all pages', async () => {
  for (let i = 0; i < 1005; i += 15) {
    const keys = Array.from({ length: 15 }, (_, j) => `many/${String(i + j).padStart(4, '0')}`);
    await Promise.all(keys.map((key) => objects.putBytes(key, 'x')));
  }
  const keys = (await objects.list('many/')).map((object) => object.key);
  expect(keys).toHaveLength(1005);
  expect(keys).toEqual([...keys].sort());
  expect(await objects.list('none/')).toEqual([]);
});
