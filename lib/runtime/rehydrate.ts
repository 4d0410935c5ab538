/** Puts values back in the place of their markers. Each stored document is fetched once and checked against its hash. */
import { createHash } from 'node:crypto';
import type { ObjectStore } from '../aws/object-store';
import type { Offloaded } from '../model/envelope';
import type { Json } from '../model/json';
import { parsePath, valueAt } from '../model/json-path';

export async function rehydrate(value: Json, objects: ObjectStore): Promise<Json> {
  const documents = new Map<string, Promise<Json>>();
  const fetchDocument = (marker: Offloaded['$offloaded']): Promise<Json> => {
    const uri = `s3://${marker.bucket}/${marker.key}`;
    const known = documents.get(uri);
    if (known !== undefined) return known;
    const loading = objects.getBytes(uri).then((bytes) => {
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      if (sha256 !== marker.sha256)
        throw new Error(`${uri} was changed: its SHA-256 is ${sha256}, ${marker.sha256} was recorded.`);
      return JSON.parse(Buffer.from(bytes).toString('utf8')) as Json;
    });
    documents.set(uri, loading);
    return loading;
  };
  const visit = async (part: Json): Promise<Json> => {
    if (typeof part !== 'object' || part === null) return part;
    if (Array.isArray(part)) return Promise.all(part.map((item: Json) => visit(item)));
    const marker = (part as Partial<Offloaded>).$offloaded;
    if (marker !== undefined) return valueAt(await fetchDocument(marker), parsePath(marker.path)) ?? null;
    return Object.fromEntries(
      await Promise.all(
        Object.entries(part).map(async ([name, member]) => [name, await visit(member as Json)] as const),
      ),
    );
  };
  return visit(value);
}
