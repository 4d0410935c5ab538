/** Every hour: what runs that have ended logged goes to S3. */
import type { Context } from 'aws-lambda';
import { s3Client } from '../../lib/aws/clients/s3';
import { resourceNames } from '../../lib/aws/environment';
import { ObjectStore } from '../../lib/aws/object-store';
import { archiveLogs } from '../../lib/orchestration/log-archive';

/** What the last run of a round may take. */
const RESERVE_MS = 60_000;

export async function handler(_event: unknown, context: Context): Promise<{ archived: string[] }> {
  const archived = await archiveLogs({
    objects: new ObjectStore(s3Client(), resourceNames().bucket),
    now: Date.now,
    goOn: () => context.getRemainingTimeInMillis() > RESERVE_MS,
  });
  return { archived };
}
