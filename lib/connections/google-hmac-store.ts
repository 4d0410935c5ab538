/** Google Cloud Storage by its XML API, which takes the requests of S3 with an HMAC key. */
import {
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import type { GoogleCloudStorage } from './google-store';

export function hmacStore(
  key: { readonly endpoint: string; readonly accessKeyId: string; readonly secretAccessKey: string },
  bucketOf: (bucket?: string) => string,
  abortSignal: AbortSignal,
): GoogleCloudStorage {
  const { endpoint, ...credentials } = key;
  const client = new S3Client({
    endpoint,
    region: 'auto',
    credentials,
    forcePathStyle: true,
    // Google knows none of the newer checksums of S3.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  });
  return {
    head: async (name, given) => {
      const bucket = bucketOf(given);
      try {
        const found = await client.send(new HeadObjectCommand({ Bucket: bucket, Key: name }), {
          abortSignal,
        });
        return {
          bucket,
          name,
          bytes: found.ContentLength ?? 0,
          updatedAt: found.LastModified?.toISOString() ?? '',
          etag: found.ETag ?? '',
        };
      } catch (error) {
        if (error instanceof Error && error.name === 'NotFound') return undefined;
        throw error;
      }
    },
    list: async (prefix, given) => {
      const bucket = bucketOf(given);
      const page = await client.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix }), {
        abortSignal,
      });
      return (page.Contents ?? []).map((found) => ({
        bucket,
        name: found.Key ?? '',
        bytes: found.Size ?? 0,
        updatedAt: found.LastModified?.toISOString() ?? '',
        etag: found.ETag ?? '',
      }));
    },
    read: async (name, bucket) => {
      const { Body } = await client.send(new GetObjectCommand({ Bucket: bucketOf(bucket), Key: name }), {
        abortSignal,
      });
      return (await Body?.transformToByteArray()) ?? new Uint8Array();
    },
    write: async (name, content, bucket) => {
      await client.send(new PutObjectCommand({ Bucket: bucketOf(bucket), Key: name, Body: content }), {
        abortSignal,
      });
    },
  };
}
