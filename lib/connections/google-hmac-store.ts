/** Google Cloud Storage by its XML API, which takes the requests of S3 with an HMAC key. */
import {
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  type _Object,
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
        let generation = '';
        const command = new HeadObjectCommand({ Bucket: bucket, Key: name });
        // Google tells it in a header that S3 does not have.
        command.middlewareStack.add(
          (next) => async (args) => {
            const result = await next(args);
            const { headers } = result.response as { readonly headers?: Readonly<Record<string, string>> };
            generation = headers?.['x-goog-generation'] ?? '';
            return result;
          },
          { step: 'deserialize', priority: 'low' },
        );
        const found = await client.send(command, { abortSignal });
        return {
          bucket,
          name,
          bytes: found.ContentLength ?? 0,
          updatedAt: found.LastModified?.toISOString() ?? '',
          etag: found.ETag ?? '',
          generation,
        };
      } catch (error) {
        if (error instanceof Error && error.name === 'NotFound') return undefined;
        throw error;
      }
    },
    list: async (prefix, given) => {
      const bucket = bucketOf(given);
      const contents: _Object[] = [];
      let token: string | undefined;
      do {
        const page = await client.send(
          new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, ContinuationToken: token }),
          { abortSignal },
        );
        contents.push(...(page.Contents ?? []));
        token = page.NextContinuationToken;
      } while (token !== undefined);
      return contents.map((found) => ({
        bucket,
        name: found.Key ?? '',
        bytes: found.Size ?? 0,
        updatedAt: found.LastModified?.toISOString() ?? '',
        etag: found.ETag ?? '',
        generation: '',
      }));
    },
    read: async (name, bucket, generation) => {
      const command = new GetObjectCommand({ Bucket: bucketOf(bucket), Key: name });
      if (generation !== undefined && generation !== '')
        // The XML API takes it as a parameter, which the signature covers.
        command.middlewareStack.add(
          (next) => async (args) => {
            const request = args.request as { query?: Record<string, string> };
            request.query = { ...request.query, generation };
            return next(args);
          },
          { step: 'build' },
        );
      const { Body } = await client.send(command, { abortSignal });
      return (await Body?.transformToByteArray()) ?? new Uint8Array();
    },
    write: async (name, content, bucket) => {
      await client.send(new PutObjectCommand({ Bucket: bucketOf(bucket), Key: name, Body: content }), {
        abortSignal,
      });
    },
  };
}
