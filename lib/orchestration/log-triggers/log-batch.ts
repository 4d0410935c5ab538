/** What CloudWatch Logs sends to a subscriber: lines of one stream, as gzipped JSON in base 64. */
import { gunzipSync } from 'node:zlib';
import { z } from 'zod';
import { DoNotRetry } from '../../model/errors';

const batch = z.object({
  /** `CONTROL_MESSAGE` only asks whether somebody is there. */
  messageType: z.enum(['DATA_MESSAGE', 'CONTROL_MESSAGE']),
  logGroup: z.string(),
  logStream: z.string(),
  logEvents: z.array(z.object({ id: z.string(), timestamp: z.number(), message: z.string() })),
});
export type LogBatch = z.output<typeof batch>;

export class InvalidLogBatch extends DoNotRetry {
  override readonly name = 'Millrace.InvalidLogBatch';
}

/** @throws InvalidLogBatch for anything else */
export function readLogBatch(event: { readonly awslogs?: { readonly data?: unknown } }): LogBatch {
  const data = event.awslogs?.data;
  if (typeof data !== 'string')
    throw new InvalidLogBatch('The event is none of a log subscription: it has no awslogs.data.');
  try {
    return batch.parse(JSON.parse(gunzipSync(Buffer.from(data, 'base64')).toString('utf8')));
  } catch (error) {
    throw new InvalidLogBatch(
      'awslogs.data of the event is no gzipped JSON of a log subscription in base 64.',
      { cause: error },
    );
  }
}
