import type { Endpoint } from './endpoint';
import { readBytes, type HttpRequest, type HttpResponse } from './http';
import { invalid, MlflowError } from './mlflow-error';
import { toJson } from './wire/json';

/** Bodies of requests but artifacts; MLflow's largest is a batch of 1 MB, or a run's datasets. */
const MAX_BYTES = 32_000_000;

/** The body as an object; clients of old encode it twice. @throws MlflowError BAD_REQUEST */
export async function jsonBody(
  request: HttpRequest,
  own?: Endpoint['body'],
): Promise<Record<string, unknown>> {
  const bytes = await readBytes(request.body);
  if (bytes.length > MAX_BYTES)
    throw new MlflowError('BAD_REQUEST', `The request has ${bytes.length} bytes; the limit is ${MAX_BYTES}.`);
  const text = bytes.toString('utf8');
  if (own !== undefined && text.length > own.limit) throw invalid(own.refusal(text.length));
  if (text.trim() === '') return {};
  const type = request.headers['content-type'];
  if (type !== undefined && !type.toLowerCase().startsWith('application/json')) {
    throw new MlflowError(
      'INVALID_PARAMETER_VALUE',
      `Bad Request. Content-Type must be one of ['application/json'], but it is '${type}'.`,
    );
  }
  let body = parse(text);
  if (typeof body === 'string') body = parse(body);
  if (body === null) return {};
  if (typeof body !== 'object' || Array.isArray(body))
    throw new MlflowError('BAD_REQUEST', 'The request body is no JSON object.');
  return body as Record<string, unknown>;
}

export function jsonResponse(status: number, body: object): HttpResponse {
  return { status, headers: { 'content-type': 'application/json' }, body: toJson(body) };
}

export function errorResponse(error: MlflowError): HttpResponse {
  return jsonResponse(error.status, { error_code: error.code, message: error.message });
}

function parse(text: string): unknown {
  try {
    // Python writes numbers that JSON lacks without quotes. Only outside of strings, which the first alternative takes whole.
    return JSON.parse(
      text.replace(/"(?:[^"\\]|\\.)*"|-?\bInfinity\b|\bNaN\b/g, (token) =>
        token.startsWith('"') ? token : `"${token}"`,
      ),
    ) as unknown;
  } catch (cause) {
    throw new MlflowError('BAD_REQUEST', 'The request body is no JSON.', { cause });
  }
}
