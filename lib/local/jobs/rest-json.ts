/** Requests and answers of the REST-JSON protocol. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { AwsError } from '../service';

const BODY_LIMIT = 1024 * 1024;

/** @throws AwsError */
export async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += (chunk as Buffer).length;
    if (bytes > BODY_LIMIT)
      throw new AwsError('ClientException', `The request has more than ${BODY_LIMIT} bytes.`);
    chunks.push(chunk as Buffer);
  }
  const text = Buffer.concat(chunks).toString('utf8');
  try {
    return JSON.parse(text === '' ? '{}' : text) as unknown;
  } catch {
    throw new AwsError('ClientException', 'The request body is no JSON.');
  }
}

export async function answerJson(response: ServerResponse, work: () => Promise<unknown>): Promise<void> {
  try {
    send(response, 200, await work(), {});
  } catch (error) {
    const known =
      error instanceof AwsError
        ? error
        : new AwsError('ServerException', error instanceof Error ? error.message : String(error), 500);
    send(response, known.status, { message: known.message }, { 'x-amzn-errortype': known.code });
  }
}

function send(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>>,
): void {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  response.writeHead(status, {
    'content-type': typeof body === 'string' ? 'text/plain' : 'application/json',
    'content-length': Buffer.byteLength(text),
    ...headers,
  });
  response.end(text);
}
