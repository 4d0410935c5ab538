/** Reads from a tracking server of MLflow, with the credentials that its own client takes from the environment. */
import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import { pauseBefore } from '../../aws/pause';
import { MlflowError } from '../mlflow-error';

// What other servers answer is looked into field by field.
// oxlint-disable-next-line typescript/no-explicit-any
type Answer = any;

const MAX_ATTEMPTS = 5;
const TIMEOUT_MS = 120_000;
/** Statuses that a repetition may mend. */
const PASSING = new Set([408, 429, 500, 502, 503, 504]);

export class ServerClient {
  /** @param base address of the server, as in MLFLOW_TRACKING_URI; may have a path */
  constructor(private readonly base: string) {}

  /** @param path behind `/api/2.0/mlflow/` @throws MlflowError */
  async get(path: string, query: Readonly<Record<string, string>>): Promise<Answer> {
    return this.json(`/api/2.0/mlflow/${path}?${new URLSearchParams(query).toString()}`);
  }

  /** @throws MlflowError */
  async post(path: string, body: object): Promise<Answer> {
    return this.json(`/api/2.0/mlflow/${path}`, body);
  }

  /** All pages of a list. `list` names its member of the answer. */
  async *pages(
    ask: (page: { readonly page_token?: string }) => Promise<Answer>,
    list: string,
  ): AsyncGenerator<Answer> {
    let token: string | undefined;
    do {
      const answer: Answer = await ask(token === undefined ? {} : { page_token: token });
      for (const item of answer[list] ?? []) yield item;
      token = answer.next_page_token || undefined;
    } while (token !== undefined);
  }

  /** Bytes of a file. @param path from the root of the server @throws MlflowError */
  async file(path: string, query: Readonly<Record<string, string>>): Promise<Readable> {
    const response = await this.ask(`${path}?${new URLSearchParams(query).toString()}`);
    return response.body === null
      ? Readable.from([])
      : Readable.fromWeb(response.body as ReadableStream<Uint8Array>);
  }

  private async json(path: string, body?: object): Promise<Answer> {
    const text = await (await this.ask(path, body)).text();
    try {
      return JSON.parse(text);
    } catch (cause) {
      throw new MlflowError(
        'BAD_REQUEST',
        `${this.base}${path} answers with no JSON: is it the address of an MLflow tracking server?`,
        { cause },
      );
    }
  }

  private async ask(path: string, body?: object): Promise<Response> {
    for (let attempt = 1; ; attempt++) {
      const last = attempt === MAX_ATTEMPTS;
      let response: Response;
      try {
        response = await fetch(`${this.base}${path}`, {
          ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
          headers: {
            ...(body === undefined ? {} : { 'content-type': 'application/json' }),
            ...credentials(),
          },
          signal: AbortSignal.timeout(TIMEOUT_MS),
        });
      } catch (cause) {
        const why = cause instanceof Error && cause.cause instanceof Error ? cause.cause : (cause as Error);
        if (last)
          throw new MlflowError('BAD_REQUEST', `${this.base} does not answer: ${why.message}`, { cause });
        await pauseBefore(attempt, 100, 5000);
        continue;
      }
      if (response.ok) return response;
      const text = await response.text();
      if (PASSING.has(response.status) && !last) {
        await pauseBefore(attempt, 100, 5000);
        continue;
      }
      throw refusal(response.status, path, text);
    }
  }
}

function refusal(status: number, path: string, text: string): MlflowError {
  let code = '';
  let message = text.slice(0, 500);
  try {
    const answer = JSON.parse(text) as { error_code?: string; message?: string };
    [code, message] = [answer.error_code ?? '', answer.message ?? message];
  } catch {
    // A proxy or an old server answers in HTML.
  }
  return new MlflowError(
    status === 404
      ? 'RESOURCE_DOES_NOT_EXIST'
      : status === 401 || status === 403
        ? 'PERMISSION_DENIED'
        : 'BAD_REQUEST',
    `${path.split('?')[0]}: ${status} ${code} ${message}`.trim(),
  );
}

function credentials(): Record<string, string> {
  const {
    MLFLOW_TRACKING_USERNAME: user,
    MLFLOW_TRACKING_PASSWORD: password,
    MLFLOW_TRACKING_TOKEN: token,
  } = process.env;
  if (token !== undefined && token !== '') return { authorization: `Bearer ${token}` };
  if (user === undefined || user === '') return {};
  return { authorization: `Basic ${Buffer.from(`${user}:${password ?? ''}`).toString('base64')}` };
}
