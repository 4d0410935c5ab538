/** Requests as API Gateway hands them to a function: of HTTP APIs (payload format 2.0) and of REST APIs (1.0). */
import type { APIGatewayProxyEvent, APIGatewayProxyEventV2 } from 'aws-lambda';
import type { ServingRequest } from './answer-request';

/** A client that names its requests gets the same version for a repetition, which is logged once. */
const REQUEST_ID = /^[\w-]{1,64}$/;

export function requestOfEvent(event: APIGatewayProxyEventV2 | APIGatewayProxyEvent): ServingRequest {
  const headers = Object.fromEntries(
    Object.entries(event.headers).map(([name, value]) => [name.toLowerCase(), value]),
  );
  const given = headers['x-request-id'];
  const { requestId } = event.requestContext;
  return {
    ...placeOf(event),
    headers,
    body: Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8').toString('utf8'),
    id: given !== undefined && REQUEST_ID.test(given) ? given : requestId,
  };
}

function placeOf(
  event: APIGatewayProxyEventV2 | APIGatewayProxyEvent,
): Pick<ServingRequest, 'method' | 'path'> {
  if ('httpMethod' in event) return { method: event.httpMethod, path: event.path };
  const { http, stage } = event.requestContext;
  // A stage other than $default is the first part of the path.
  const path = event.rawPath.startsWith(`/${stage}/`) ? event.rawPath.slice(stage.length + 1) : event.rawPath;
  return { method: http.method, path };
}
