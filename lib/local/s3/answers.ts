/** How S3 answers: XML or nothing, and errors as its clients know them. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { AwsError } from '../service';
import type { BucketEntry, ObjectEntry } from './object-index';
import { element } from './xml';

export function send(
  response: ServerResponse,
  status: number,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, {
    ...(body === '' ? {} : { 'content-type': 'application/xml' }),
    'content-length': Buffer.byteLength(body),
    ...headers,
  });
  response.end(body);
}

export function fail(response: ServerResponse, request: IncomingMessage, error: unknown): void {
  const known =
    error instanceof AwsError
      ? error
      : new AwsError('InternalError', error instanceof Error ? error.message : String(error), 500);
  if (response.headersSent) {
    response.destroy();
    return;
  }
  request.resume();
  send(
    response,
    known.status,
    request.method === 'HEAD'
      ? ''
      : `<?xml version="1.0" encoding="UTF-8"?><Error>${element('Code', known.code)}${element('Message', known.message)}</Error>`,
  );
}

export function versionHeader(bucket: BucketEntry, entry: ObjectEntry): Record<string, string> {
  return bucket.versioned ? { 'x-amz-version-id': entry.versionId } : {};
}

export function preconditionFailed(): AwsError {
  return new AwsError(
    'PreconditionFailed',
    'At least one of the pre-conditions you specified did not hold',
    412,
  );
}

export function noSuchKey(key: string): AwsError {
  return new AwsError('NoSuchKey', `The specified key does not exist: ${key}`, 404);
}

export function methodNotAllowed(): AwsError {
  return new AwsError('MethodNotAllowed', 'The specified method is not allowed against this resource.', 405);
}
