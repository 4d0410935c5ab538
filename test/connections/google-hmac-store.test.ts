/** With an HMAC key Google Cloud Storage takes the requests of S3; here the local S3 does. */
import { googleCloudStorage } from '../../lib/connections/google-cloud-storage';
import { startLocalAws, type LocalAws } from '../support/local-aws';

let aws: LocalAws;
beforeAll(async () => {
  aws = await startLocalAws();
});
afterAll(async () => aws.stop());

it('finds, lists, reads and writes objects', async () => {
  const storage = await googleCloudStorage(
    {
      bucket: 'millrace-test-data',
      accessKeyId: process.env['AWS_ACCESS_KEY_ID'] ?? '',
      secretAccessKey: 'secret',
      endpoint: aws.url,
    },
    new AbortController().signal,
  );
  expect(await storage.head('in/a.csv')).toBeUndefined();
  await storage.write('in/a.csv', 'x,y');
  await storage.write('out/b.csv', new Uint8Array([1, 2]));
  expect(await storage.head('in/a.csv')).toMatchObject({ name: 'in/a.csv', bytes: 3 });
  expect((await storage.list('in/')).map(({ name, bytes }) => [name, bytes])).toEqual([['in/a.csv', 3]]);
  expect(Buffer.from(await storage.read('in/a.csv')).toString()).toBe('x,y');
  await expect(storage.list('', 'no-such-bucket')).rejects.toMatchObject({ name: 'NoSuchBucket' });
});
