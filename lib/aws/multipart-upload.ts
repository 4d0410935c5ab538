/** Uploads of objects in parts, which those who have the bytes send to S3 themselves, by presigned URLs. */
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
} from '@aws-sdk/client-s3';
import { s3Client } from './clients/s3';
import { objectError } from './object-errors';
import { presignedUrl } from './presign';

export interface UploadPlace {
  readonly bucket: string;
  readonly key: string;
}

export interface UploadedPart {
  readonly number: number;
  readonly etag: string;
}

const EXPIRES_IN_SECONDS = 3600;

/** Returns the id of the upload and a URL for each part, good for an hour. */
export async function createMultipartUpload(
  { bucket, key }: UploadPlace,
  parts: number,
): Promise<{ readonly uploadId: string; readonly urls: readonly string[] }> {
  try {
    const { UploadId: uploadId = '' } = await s3Client().send(
      new CreateMultipartUploadCommand({ Bucket: bucket, Key: key }),
    );
    const urls = await Promise.all(
      Array.from({ length: parts }, (_part, i) =>
        presignedUrl({
          method: 'PUT',
          bucket,
          key,
          query: { partNumber: String(i + 1), uploadId },
          expiresInSeconds: EXPIRES_IN_SECONDS,
        }),
      ),
    );
    return { uploadId, urls };
  } catch (error) {
    throw objectError(error, bucket, key, 'write');
  }
}

/** The object is there from now on, whole. */
export async function completeMultipartUpload(
  { bucket, key }: UploadPlace,
  uploadId: string,
  parts: readonly UploadedPart[],
): Promise<void> {
  try {
    await s3Client().send(
      new CompleteMultipartUploadCommand({
        Bucket: bucket,
        Key: key,
        UploadId: uploadId,
        MultipartUpload: {
          Parts: [...parts]
            .sort((a, b) => a.number - b.number)
            .map(({ number, etag }) => ({ PartNumber: number, ETag: etag })),
        },
      }),
    );
  } catch (error) {
    throw objectError(error, bucket, key, 'write');
  }
}

/** What was sent of it is thrown away. */
export async function abortMultipartUpload({ bucket, key }: UploadPlace, uploadId: string): Promise<void> {
  try {
    await s3Client().send(new AbortMultipartUploadCommand({ Bucket: bucket, Key: key, UploadId: uploadId }));
  } catch (error) {
    throw objectError(error, bucket, key, 'write');
  }
}
