import { handleRequest } from '../../lib/mlflow/handle-request';
import { readBytes } from '../../lib/mlflow/http';
import { queryOf } from '../../lib/mlflow/query';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  // Tests look into answers of all shapes.
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly json: any;
}

/** One request to the API, behind `/api/2.0/mlflow/` unless the path begins with a slash. */
export async function request(
  method: string,
  path: string,
  body?: object | string | Uint8Array,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const [place = '', query = ''] = (path.startsWith('/') ? path : `/api/2.0/mlflow/${path}`).split('?');
  const answer = await handleRequest({
    method,
    path: decodeURIComponent(place),
    query: queryOf(new URLSearchParams(query)),
    headers,
    body:
      body instanceof Uint8Array
        ? body
        : Buffer.from(body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body)),
  });
  const text =
    typeof answer.body === 'string' ? answer.body : (await readBytes(answer.body)).toString('utf8');
  const isJson = answer.headers['content-type'] === 'application/json';
  return {
    status: answer.status,
    headers: answer.headers,
    text,
    json: isJson ? (JSON.parse(text) as unknown) : undefined,
  };
}

export const get = (path: string) => request('GET', path);

/** @throws Error when it is refused */
export async function post(path: string, body: object, method = 'POST'): Promise<Answer['json']> {
  const { status, json, text } = await request(method, path, body);
  if (status !== 200) throw new Error(`${method} ${path}: ${status} ${text}`);
  return json;
}

/** Code and message of a refusal. */
export const refusal = (code: string, message: string | RegExp) => ({
  json: {
    error_code: code,
    message: typeof message === 'string' ? message : (expect.stringMatching(message) as string),
  },
});
