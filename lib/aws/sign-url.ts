/** Signature Version 4 in the query string of a URL. Loads no client, as containers start with it. */
import { createHash, createHmac } from 'node:crypto';

export interface Presigning {
  readonly method: 'GET' | 'PUT';
  readonly bucket: string;
  readonly key: string;
  /** Further parameters of the request, e.g. `partNumber`. */
  readonly query?: Readonly<Record<string, string>>;
  readonly expiresInSeconds: number;
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
  /** @default s3 */
  readonly service?: string;
  /** Headers that the request has to have, in small letters. @default none */
  readonly headers?: Readonly<Record<string, string>>;
}

export function signedUrl({
  folder,
  region,
  credentials,
  now,
  service = 's3',
  headers = {},
  ...request
}: Signing): string {
  const { origin, host, pathname } = new URL(`${folder}/`);
  const path = pathname + request.key.split('/').map(encode).join('/');
  const time = now.toISOString().replace(/[-:]|\.\d+/g, '');
  const scope = `${time.slice(0, 8)}/${region}/${service}/aws4_request`;
  const signed = Object.entries({ host, ...headers }).sort(([a], [b]) => (a < b ? -1 : 1));
  const names = signed.map(([name]) => name).join(';');
  const query = Object.entries({
    ...request.query,
    'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
    'X-Amz-Credential': `${credentials.accessKeyId}/${scope}`,
    'X-Amz-Date': time,
    'X-Amz-Expires': String(request.expiresInSeconds),
    'X-Amz-SignedHeaders': names,
    ...(credentials.sessionToken === undefined ? {} : { 'X-Amz-Security-Token': credentials.sessionToken }),
  })
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .sort()
    .join('&');
  const payload = service === 's3' ? 'UNSIGNED-PAYLOAD' : sha256('');
  const lines = signed.map(([name, value]) => `${name}:${value}`);
  const canonical = [request.method, path, query, ...lines, '', names, payload].join('\n');
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
