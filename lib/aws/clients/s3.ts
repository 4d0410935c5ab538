import { S3Client } from '@aws-sdk/client-s3';
import { once, SETTINGS } from './settings';

export const s3Client = (): S3Client =>
  once(
    's3',
    () =>
      new S3Client({
        ...SETTINGS,
        // `bucket.localhost` resolves on few systems; AWS itself is addressed by host, as it asks for.
        forcePathStyle: process.env['AWS_ENDPOINT_URL'] !== undefined,
      }),
  );
