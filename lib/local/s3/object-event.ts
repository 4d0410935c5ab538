/** What S3 tells the bus of an object. */
import type { BusEvent } from '../service';
import type { BucketEntry, ObjectEntry } from './object-index';

export function objectEvent(
  type: 'Object Created' | 'Object Deleted',
  bucket: BucketEntry,
  entry: ObjectEntry,
): BusEvent {
  return {
    source: 'aws.s3',
    'detail-type': type,
    resources: [`arn:aws:s3:::${bucket.name}`],
    detail: {
      version: '0',
      bucket: { name: bucket.name },
      object: {
        key: entry.key,
        size: entry.size,
        etag: entry.etag.replaceAll('"', ''),
        ...(bucket.versioned ? { 'version-id': entry.versionId } : {}),
        sequencer: entry.sequencer,
      },
      reason: type === 'Object Created' ? 'PutObject' : 'DeleteObject',
    },
  };
}
