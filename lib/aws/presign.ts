/**
 * Presigned URLs of S3: Signature Version 4 in the query string ("Authenticating Requests: Using Query Parameters" in the
 * Amazon S3 API reference). Nobody but the holder of the URL needs credentials, until it expires.
 */
import { createHash, createHmac } from 'node:crypto';
import { s3Client } from './clients/s3';

export interface Presigning {
  readonly method: 'GET' | 'PUT';
  readonly bucket: string;
  readonly key: string;
  /** Further parameters of the request, e.g. `partNumber`. */
  readonly query?: Readonly<Record<string, string>>;
  readonly expiresInSeconds: number;
}

export async function presignedUrl(request: Presigning): Promise<string> {
  const { config } = s3Client();
  const [credentials, region] = await Promise.all([config.credentials(), config.region()]);
  const endpoint = process.env['AWS_ENDPOINT_URL'];
  const folder =
    endpoint === undefined
      ? `https://${request.bucket}.s3.${region}.amazonaws.com`
      : `${endpoint.replace(/\/$/, '')}/${request.bucket}`;
  return signedUrl({ ...request, folder, region, credentials, now: new Date() });
}

export interface Signing extends Presigning {
  /** What comes before the key, without a slash at its end. */
  readonly folder: string;
  readonly region: string;
  readonly credentials: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken?: string;
  };
  readonly now: Date;
}

export function signedUrl({ folder, region, credentials, now, ...request }: Signing): string {
  const { origin, host, pathname } = new URL(`${folder}/`);
  const path = pathname + request.key.split('/').map(encode).join('/');
  const time = now.toISOString().replace(/[-:]|\.\d+/g, '');
  const scope = `${time.slice(0, 8)}/${region}/s3/aws4_request`;
  const query = Object.entries({
    ...request.query,
    'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
    'X-Amz-Credential': `${credentials.accessKeyId}/${scope}`,
    'X-Amz-Date': time,
    'X-Amz-Expires': String(request.expiresInSeconds),
    'X-Amz-SignedHeaders': 'host',
    ...(credentials.sessionToken === undefined ? {} : { 'X-Amz-Security-Token': credentials.sessionToken }),
  })
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .sort()
    .join('&');
  const canonical = [request.method, path, query, `host:${host}`, '', 'host', 'UNSIGNED-PAYLOAD'].join('\n');
  const toSign = ['AWS4-HMAC-SHA256', time, scope, sha256(canonical)].join('\n');
  const key = scope
    .split('/')
    .reduce<Buffer | string>((previous, part) => hmac(previous, part), `AWS4${credentials.secretAccessKey}`);
  return `${origin}${path}?${query}&X-Amz-Signature=${hmac(key, toSign).toString('hex')}`;
}

/** RFC 3986: everything but unreserved characters. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function hmac(key: Buffer | string, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
