/** Puts values back in the place of their markers. Each stored document is fetched once and checked against its hash. */
import { createHash } from 'node:crypto';
import type { ObjectStore } from '../aws/object-store';
import type { Offloaded } from '../model/envelope';
import { DoNotRetry } from '../model/errors';
import type { Json } from '../model/json';
import { parsePath, valueAt } from '../model/json-path';
import { isOffloaded } from './offloaded';

/** A stored result is not what was recorded: somebody replaced it. */
export class ResultChanged extends DoNotRetry {
  override readonly name = 'Millrace.ResultChanged';
}

/** @throws ObjectNotFound, ResultChanged */
export async function rehydrate(value: Json, objects: Pick<ObjectStore, 'getBytes'>): Promise<Json> {
  const documents = new Map<string, Promise<Json>>();
  const fetched = (marker: Offloaded['$offloaded']): Promise<Json> => {
    const id = `s3://${marker.bucket}/${marker.key}#${marker.sha256}`;
    let document = documents.get(id);
    if (document === undefined) documents.set(id, (document = fetchDocument(marker, objects)));
    return document;
  };
  const visit = async (part: Json): Promise<Json> => {
    if (typeof part !== 'object' || part === null) return part;
    if (Array.isArray(part)) return Promise.all(part.map((item: Json) => visit(item)));
    if (isOffloaded(part)) {
      const { $offloaded: marker } = part;
      return valueAt(await fetched(marker), parsePath(marker.path)) ?? null;
    }
    const members = Object.entries(part).map(async ([name, member]) => [name, await visit(member)] as const);
    return Object.fromEntries(await Promise.all(members));
  };
  return visit(value);
}

async function fetchDocument(
  marker: Offloaded['$offloaded'],
  objects: Pick<ObjectStore, 'getBytes'>,
): Promise<Json> {
  const uri = `s3://${marker.bucket}/${marker.key}`;
  const bytes = await objects.getBytes(uri);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  if (sha256 !== marker.sha256) {
    throw new ResultChanged(
      `${uri} was changed: its SHA-256 is ${sha256}, ${marker.sha256} was recorded. Run the task that wrote it again.`,
    );
  }
  return JSON.parse(Buffer.from(bytes).toString('utf8')) as Json;
}
