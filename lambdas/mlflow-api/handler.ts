/** MLflow's REST API behind an HTTP API of API Gateway (payload format 2.0). */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { accessOf } from '../../lib/mlflow/access/access';
import { iamCaller, tokenCaller, type Caller } from '../../lib/mlflow/access/caller';
import { handleRequest } from '../../lib/mlflow/handle-request';
import { LAMBDA_INLINE_BYTES, readBytes, type HttpRequest, type HttpResponse } from '../../lib/mlflow/http';
import { decoding, queryOf } from '../../lib/mlflow/query';
import { readTrackingPermissions, type TrackingPermissions } from '../../lib/model/tracking-permissions';

export async function handler(event: APIGatewayProxyEventV2): Promise<APIGatewayProxyStructuredResultV2> {
  const permissions = filedPermissions();
  const caller = callerOf(event, permissions);
  const answer = await handleRequest(requestOf(event), {
    by: caller.by,
    access: permissions === undefined ? undefined : accessOf(permissions, caller),
    maxInlineBytes: LAMBDA_INLINE_BYTES,
    onFailure: (error) => {
      console.error(
        JSON.stringify({
          level: 'ERROR',
          message: error.message,
          stack: error.stack,
          cause: String(error.cause),
        }),
      );
    },
  });
  return resultOf(answer);
}

const read = new Map<string, TrackingPermissions>();

/**
 * The file beside the code that MILLRACE_MLFLOW_PERMISSIONS names, read once.
 * @throws when it cannot be read: then nobody is let in
 */
function filedPermissions(): TrackingPermissions | undefined {
  const name = process.env['MILLRACE_MLFLOW_PERMISSIONS'];
  if (name === undefined) return undefined;
  const file = resolve(__dirname, name);
  let permissions = read.get(file);
  if (permissions === undefined) {
    permissions = readTrackingPermissions(readFileSync(file, 'utf8'));
    read.set(file, permissions);
  }
  return permissions;
}

function requestOf(event: APIGatewayProxyEventV2): HttpRequest {
  const { http } = event.requestContext;
  const path = pathOf(event);
  return {
    method: http.method,
    path: decoding(path) ?? path,
    query: queryOf(new URLSearchParams(event.rawQueryString)),
    headers: event.headers,
    body: Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8'),
  };
}

/** Without a stage other than $default, and without the first part of a route like `/iam/{proxy+}`. */
function pathOf({ rawPath, routeKey, requestContext: { stage } }: APIGatewayProxyEventV2): string {
  const route = /\s(\/[^{}]*)\/\{proxy\+\}$/.exec(routeKey)?.[1] ?? '';
  return [`/${stage}`, route].reduce(
    (path, first) =>
      first !== '' && (path === first || path.startsWith(`${first}/`)) ? path.slice(first.length) : path,
    rawPath,
  );
}

async function resultOf({ status, headers, body }: HttpResponse): Promise<APIGatewayProxyStructuredResultV2> {
  if (typeof body === 'string') return { statusCode: status, headers: { ...headers }, body };
  const bytes = await readBytes(body);
  // Whatever the type says: an artifact need not be text in UTF-8.
  return {
    statusCode: status,
    headers: { ...headers },
    body: bytes.toString('base64'),
    isBase64Encoded: true,
  };
}

/** Who signed with IAM, or whose token API Gateway has checked. */
function callerOf(
  { requestContext }: APIGatewayProxyEventV2,
  permissions: TrackingPermissions | undefined,
): Caller {
  const { authorizer } = requestContext as {
    authorizer?: { iam?: { userArn?: string }; jwt?: { claims?: Readonly<Record<string, unknown>> } };
  };
  const arn = authorizer?.iam?.userArn;
  if (arn !== undefined) return iamCaller(arn);
  const claims = authorizer?.jwt?.claims;
  return claims === undefined ? { by: 'mlflow', names: [] } : tokenCaller(claims, permissions?.claims);
}
