/** Requests and answers without a server: what API Gateway and Node's HTTP server have in common. */
import type { Readable } from 'node:stream';

/** An answer of Lambda has at most 6 MB, in base64 for what is no text. */
export const LAMBDA_INLINE_BYTES = 4_400_000;

export interface HttpRequest {
  readonly method: string;
  /** Decoded, without query string, e.g. `/api/2.0/mlflow/runs/get`. */
  readonly path: string;
  /** Values of each parameter in their order. */
  readonly query: Readonly<Record<string, readonly string[]>>;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** A stream is read once, and only where bytes are stored. */
  readonly body: Uint8Array | Readable;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array | Readable;
}

export async function readBytes(body: Uint8Array | Readable): Promise<Buffer> {
  if (body instanceof Uint8Array) return Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const chunks: Buffer[] = [];
  for await (const chunk of body) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
