/** An S3 that is slow or refuses, for writes below a prefix, until it is mended. Everything else is as always. */
import { setTimeout as pause } from 'node:timers/promises';
import { S3Service } from '../../lib/local/s3/s3-service';

export interface S3Fault {
  /** Writes that it was asked for while it lasted. */
  readonly hit: () => number;
  mend(): void;
}

/** @param kind milliseconds that a write takes longer; `throttled`: 503 SlowDown, as S3 answers when a prefix is hot */
export function s3Fault(prefix: string, kind: number | 'throttled'): S3Fault {
  const method = 'handle' as const;
  const handle = S3Service.prototype[method];
  let hits = 0;
  const spy = jest.spyOn(S3Service.prototype, method).mockImplementation(async function (
    this: S3Service,
    request,
    response,
    principal,
  ) {
    if (request.method === 'PUT' && (request.url ?? '').includes(`/${prefix}`)) {
      hits++;
      if (kind === 'throttled') {
        request.resume();
        response.writeHead(503, { 'content-type': 'application/xml' });
        response.end(
          '<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>',
        );
        return;
      }
      await pause(kind);
    }
    return handle.call(this, request, response, principal);
  });
  return { hit: () => hits, mend: () => spy.mockRestore() };
}
