/** MLflow's REST API behind an HTTP API of API Gateway (payload format 2.0). */
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { handleRequest } from '../../lib/mlflow/handle-request';
import { readBytes, type HttpRequest, type HttpResponse } from '../../lib/mlflow/http';
import { decoding, queryOf } from '../../lib/mlflow/query';

/** An answer of Lambda has at most 6 MB, in base64 for what is no text. */
const MAX_INLINE_BYTES = 4_400_000;

export async function handler(event: APIGatewayProxyEventV2): Promise<APIGatewayProxyStructuredResultV2> {
  const answer = await handleRequest(requestOf(event), {
    by: callerOf(event),
    maxInlineBytes: MAX_INLINE_BYTES,
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

function requestOf(event: APIGatewayProxyEventV2): HttpRequest {
  const { stage, http } = event.requestContext;
  // A stage other than $default is the first part of the path.
  const path =
    event.rawPath === `/${stage}` || event.rawPath.startsWith(`/${stage}/`)
      ? event.rawPath.slice(stage.length + 1)
      : event.rawPath;
  return {
    method: http.method,
    path: decoding(path) ?? path,
    query: queryOf(new URLSearchParams(event.rawQueryString)),
    headers: event.headers,
    body: Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8'),
  };
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

/** With IAM authorisation the ARN of who signed, with a JWT its subject. */
function callerOf({ requestContext }: APIGatewayProxyEventV2): string {
  const { authorizer } = requestContext as {
    authorizer?: { iam?: { userArn?: string }; jwt?: { claims?: { sub?: unknown } } };
  };
  const subject = authorizer?.jwt?.claims?.sub;
  return authorizer?.iam?.userArn ?? (typeof subject === 'string' ? subject : 'mlflow');
}
