/** Between an HTTP API of API Gateway (payload format 2.0) and a site that people have signed in to. */
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { readBytes, type HttpRequest, type HttpResponse } from '../mlflow/http';
import { queryOf } from '../mlflow/query';

/** Set by the distribution: the host that the browser asked for. */
export const HOST_HEADER = 'x-console-host';

/** The path is as it was sent, not decoded. */
export function requestOf(event: APIGatewayProxyEventV2): HttpRequest {
  return {
    method: event.requestContext.http.method,
    path: event.rawPath,
    query: queryOf(new URLSearchParams(event.rawQueryString)),
    headers: {
      ...event.headers,
      // API Gateway takes the cookies out of the headers.
      ...(event.cookies === undefined ? {} : { cookie: event.cookies.join('; ') }),
    },
    body: Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8'),
  };
}

export async function resultOf(answer: HttpResponse): Promise<APIGatewayProxyStructuredResultV2> {
  const { status, headers, body } = answer;
  const { 'set-cookie': cookies, ...others } = headers;
  const result = {
    statusCode: status,
    headers: others,
    ...(cookies === undefined ? {} : { cookies: cookies.split('\n') }),
  };
  if (typeof body === 'string') return { ...result, body };
  return { ...result, body: (await readBytes(body)).toString('base64'), isBase64Encoded: true };
}

export function hostOf({ headers }: Pick<HttpRequest, 'headers'>): string {
  return headers[HOST_HEADER] ?? headers['host'] ?? '';
}

/** For the log group of a function. */
export function logFailure(error: Error): void {
  console.error(
    JSON.stringify({
      level: 'ERROR',
      message: error.message,
      stack: error.stack,
      ...(error.cause === undefined ? {} : { cause: String(error.cause) }),
    }),
  );
}
