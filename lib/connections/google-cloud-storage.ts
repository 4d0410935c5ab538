/**
 * A client for Google Cloud Storage: Airflow's `GCSHook`. With the key of a service account it speaks the JSON API, with
 * an HMAC key the XML API, which takes the requests of S3.
 */
import type { Connection } from '../tasks/connection';
import type { ConnectionSettings } from '../tasks/connection-kinds';
import { accessToken } from './google-token';
import { hmacStore } from './google-hmac-store';
import type { CloudObject, GoogleCloudStorage } from './google-store';
import { httpClient } from './http';
import { RequestRefused } from './request-errors';
import type { ConnectionUser } from './user';

export async function openGoogleCloudStorage(
  user: ConnectionUser,
  connection: Connection<'google-cloud-storage'>,
): Promise<GoogleCloudStorage> {
  return googleCloudStorage(await user.connection(connection), user.signal);
}

export async function googleCloudStorage(
  settings: ConnectionSettings<'google-cloud-storage'>,
  signal: AbortSignal,
): Promise<GoogleCloudStorage> {
  const { serviceAccount, accessKeyId, secretAccessKey, endpoint } = settings;
  const bucketOf = (bucket = settings.bucket): string => {
    if (bucket !== undefined) return bucket;
    throw new RequestRefused('No bucket: name one, or set the bucket of the connection.');
  };
  if (serviceAccount === undefined)
    return hmacStore(
      { endpoint, accessKeyId: accessKeyId ?? '', secretAccessKey: secretAccessKey ?? '' },
      bucketOf,
      signal,
    );
  const token = await accessToken(serviceAccount, signal);
  const client = httpClient({ baseUrl: endpoint, headers: {}, token }, signal);
  const objects = (bucket: string | undefined) => `storage/v1/b/${encodeURIComponent(bucketOf(bucket))}/o`;
  const object = (name: string, bucket: string | undefined) =>
    `${objects(bucket)}/${encodeURIComponent(name)}`;
  return {
    head: async (name, bucket) => {
      try {
        return fromJson((await client.get(object(name, bucket))).json() as unknown as Resource);
      } catch (error) {
        // A bucket that is not there, or not for us, is no object that is still to come.
        if (error instanceof RequestRefused && isMissingObject(error)) return undefined;
        throw error;
      }
    },
    list: async (prefix, bucket) => {
      const found: CloudObject[] = [];
      let pageToken: string | undefined;
      do {
        const query = { prefix, maxResults: 1000, ...(pageToken === undefined ? {} : { pageToken }) };
        const answer = await client.get(objects(bucket), { query });
        const page = answer.json() as unknown as { items?: readonly Resource[]; nextPageToken?: string };
        found.push(...(page.items ?? []).map(fromJson));
        pageToken = page.nextPageToken;
      } while (pageToken !== undefined);
      return found;
    },
    read: async (name, bucket, generation) =>
      (
        await client.get(object(name, bucket), {
          query: { alt: 'media', ...(generation === undefined ? {} : { generation }) },
        })
      ).bytes,
    write: async (name, content, bucket) => {
      await client.post(`upload/${objects(bucket)}`, {
        query: { uploadType: 'media', name },
        headers: { 'content-type': 'application/octet-stream' },
        body: content,
      });
    },
  };
}

interface Resource {
  readonly bucket: string;
  readonly name: string;
  /** Decimal, as text. */
  readonly size: string;
  readonly updated: string;
  readonly etag: string;
  readonly generation: string;
}

function fromJson({ bucket, name, size, updated, etag, generation }: Resource): CloudObject {
  return { bucket, name, bytes: Number(size), updatedAt: updated, etag, generation };
}

/** A missing bucket is a 404 too; the message tells them apart: `No such object: bucket/name`. */
function isMissingObject({ message }: RequestRefused): boolean {
  return message.includes('status 404') && !message.includes('bucket does not exist');
}
