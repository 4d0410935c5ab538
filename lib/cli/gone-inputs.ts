import { createHash } from 'node:crypto';
import type { ObjectStore } from '../aws/object-store';
import type { Json } from '../model/json';
import { isObject } from '../model/schema-path';

/** Objects that are named somewhere in the values, with their checksums, and are gone or hold something else now. */
export async function goneInputs(
  values: readonly Json[],
  objects: Pick<ObjectStore, 'getBytes'>,
): Promise<string[]> {
  const named = new Map<string, string>();
  const visit = (value: Json): void => {
    if (Array.isArray(value)) return value.forEach((item: Json) => visit(item));
    if (!isObject(value)) return;
    const { uri, sha256, bucket, key } = value;
    const place = typeof uri === 'string' ? uri : `s3://${String(bucket)}/${String(key)}`;
    // Folders, as of models, have the checksum of a file in them.
    if (
      typeof sha256 === 'string' &&
      /^s3:\/\/.+[^/]$/.test(place) &&
      (typeof uri === 'string' || typeof key === 'string')
    )
      named.set(place, sha256);
    for (const member of Object.values(value)) visit(member);
  };
  for (const value of values) visit(value);
  const faults = await Promise.all(
    [...named].map(async ([uri, sha256]) => {
      try {
        const found = createHash('sha256')
          .update(await objects.getBytes(uri))
          .digest('hex');
        return found === sha256
          ? undefined
          : `${uri} holds something else now (SHA-256 ${found}, was ${sha256})`;
      } catch (error) {
        if (error instanceof Error && error.name === 'Millrace.ObjectNotFound') return `${uri} is gone`;
        throw error;
      }
    }),
  );
  return faults.filter((fault) => fault !== undefined);
}
