/** What an S3 request says besides its verb: bucket and key, range, what an object is told to be. */
import type { IncomingMessage } from 'node:http';
import { AwsError } from '../service';
import type { ObjectEntry } from './object-index';

/** By path, or by a host name in front of `localhost`. An empty key means the bucket, an empty bucket all of them. */
export function addressOf(request: IncomingMessage, url: URL): { bucket: string; key: string } {
  const path = decodeURIComponent(url.pathname).replace(/^\//, '');
  const host = /^([a-z0-9.-]+)\.(?:s3\.)?localhost(?::\d+)?$/.exec(request.headers.host ?? '')?.[1];
  if (host !== undefined && host !== 's3') return { bucket: host, key: path };
  const cut = path.indexOf('/');
  return cut < 0 ? { bucket: path, key: '' } : { bucket: path.slice(0, cut), key: path.slice(cut + 1) };
}

/** What an object is told to be, besides its bytes. */
export function described(
  headers: IncomingMessage['headers'],
): Pick<ObjectEntry, 'contentType' | 'metadata'> {
  return {
    contentType: headers['content-type'] ?? 'binary/octet-stream',
    metadata: Object.fromEntries(
      Object.entries(headers)
        .filter(([name]) => name.startsWith('x-amz-meta-'))
        .map(([name, value]) => [name, String(value)]),
    ),
  };
}

/** @throws AwsError InvalidRange */
export function rangeOf(
  header: string | undefined,
  size: number,
): { start: number; end: number } | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? '');
  if (match === null) return undefined;
  const suffix = match[1] === '';
  const start = suffix ? Math.max(0, size - Number(match[2])) : Number(match[1]);
  const end = suffix || match[2] === '' ? size - 1 : Math.min(Number(match[2]), size - 1);
  if (start > end) throw new AwsError('InvalidRange', 'The requested range is not satisfiable', 416);
  return { start, end };
}

export function quoted(etag: string): string {
  return etag.startsWith('"') ? etag : `"${etag}"`;
}

export async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
