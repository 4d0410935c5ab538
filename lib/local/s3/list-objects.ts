/** ListObjects and ListObjectsV2: a page of a bucket in key order, with what lies below a delimiter as one prefix. */
import type { ObjectEntry, ObjectIndex } from './object-index';
import { element, list, xml } from './xml';

const MAX_KEYS = 1000;

/** The answer as XML. */
export function listObjects(index: ObjectIndex, bucket: string, query: URLSearchParams): string {
  const prefix = query.get('prefix') ?? '';
  const delimiter = query.get('delimiter') ?? '';
  const limit = Math.min(Number(query.get('max-keys') ?? MAX_KEYS), MAX_KEYS);
  const token = query.get('continuation-token');
  let after =
    token !== null
      ? Buffer.from(token, 'base64url').toString('utf8')
      : (query.get('start-after') ?? query.get('marker') ?? '');
  const contents: string[] = [];
  const common = new Set<string>();
  let truncated = false;
  for (const entry of index.list(bucket, prefix, after)) {
    const cut = delimiter === '' ? -1 : entry.key.indexOf(delimiter, prefix.length);
    const group = cut < 0 ? undefined : entry.key.slice(0, cut + delimiter.length);
    if (group !== undefined && common.has(group)) continue;
    if (contents.length + common.size >= limit) {
      truncated = true;
      break;
    }
    after = entry.key;
    if (group !== undefined) common.add(group);
    else contents.push(contentOf(entry));
  }
  return xml(
    'ListBucketResult',
    element('Name', bucket) +
      element('Prefix', prefix) +
      element('KeyCount', String(contents.length + common.size)) +
      element('MaxKeys', String(limit)) +
      element('IsTruncated', String(truncated)) +
      (truncated
        ? element('NextContinuationToken', Buffer.from(after).toString('base64url')) +
          element('NextMarker', after)
        : '') +
      contents.join('') +
      list('CommonPrefixes', 'Prefix', [...common]),
  );
}

function contentOf(entry: ObjectEntry): string {
  return element(
    'Contents',
    element('Key', entry.key) +
      element('LastModified', new Date(entry.modifiedAt).toISOString()) +
      element('ETag', entry.etag) +
      element('Size', String(entry.size)) +
      element('StorageClass', 'STANDARD'),
    true,
  );
}
