/**
 * One request of a webhook, signed as MLflow's server does: base64 of HMAC-SHA256 over `<delivery id>.<timestamp>.<body>`.
 * Redirects are not followed: where they lead was not checked.
 */
import { createHmac } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { checkWebhookUrl, publicLookup } from './public-address';

export interface SignedPost {
  readonly url: string;
  readonly body: string;
  readonly deliveryId: string;
  /** Seconds since 1970. */
  readonly timestamp: number;
  /** @default the body goes unsigned */
  readonly secret?: string | undefined;
}

export interface PostAnswer {
  readonly status: number;
  /** Its first 10,000 characters. */
  readonly body: string;
  /** What the receiver asks for, seconds. */
  readonly retryAfter?: number;
}

const TIMEOUT_MS = 10_000;
const MAX_BODY = 10_000;

export function signature({ secret = '', deliveryId, timestamp, body }: Omit<SignedPost, 'url'>): string {
  const signed = createHmac('sha256', secret).update(`${deliveryId}.${timestamp}.${body}`).digest('base64');
  return `v1,${signed}`;
}

/** @throws TrackingRefused for an address that it may not go to, Error when nobody answers */
export async function postSigned(post: SignedPost): Promise<PostAnswer> {
  const url = checkWebhookUrl(post.url);
  const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const outgoing = send(
      url,
      {
        method: 'POST',
        lookup: publicLookup,
        signal: AbortSignal.timeout(TIMEOUT_MS),
        headers: {
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(post.body),
          'user-agent': 'millrace',
          'x-mlflow-delivery-id': post.deliveryId,
          'x-mlflow-timestamp': String(post.timestamp),
          ...(post.secret === undefined ? {} : { 'x-mlflow-signature': signature(post) }),
        },
      },
      (answer) => {
        const parts: Buffer[] = [];
        let size = 0;
        const done = () => {
          const after = Number(answer.headers['retry-after']);
          resolve({
            status: answer.statusCode ?? 0,
            body: Buffer.concat(parts).toString('utf8').slice(0, MAX_BODY),
            ...(Number.isFinite(after) && after >= 0 ? { retryAfter: after } : {}),
          });
        };
        answer.on('data', (part: Buffer) => {
          parts.push(part);
          size += part.length;
          // Whatever else it sends is not read.
          if (size <= MAX_BODY) return;
          done();
          outgoing.destroy();
        });
        answer.on('end', done);
        answer.on('error', reject);
      },
    );
    outgoing.on('error', reject);
    outgoing.end(post.body);
  });
}
