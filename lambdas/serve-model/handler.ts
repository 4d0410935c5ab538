/** All endpoints of a stage behind an HTTP API of API Gateway (payload format 2.0): one handler for all models. */
import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics } from '@aws-lambda-powertools/metrics';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import { s3Client } from '../../lib/aws/clients/s3';
import { resourceNames } from '../../lib/aws/environment';
import { ObjectStore } from '../../lib/aws/object-store';
import { answerRequest, type ServingAnswer } from '../../lib/serving/answer-request';

const logger = new Logger();
const metrics = new Metrics();
/** A client that names its requests gets the same version for a repetition, which is logged once. */
const REQUEST_ID = /^[\w-]{1,64}$/;

export async function handler(
  event: APIGatewayProxyEventV2,
  context: Context,
): Promise<APIGatewayProxyStructuredResultV2> {
  const started = performance.now();
  const { http, requestId } = event.requestContext;
  const given = event.headers['x-request-id'];
  const id = given !== undefined && REQUEST_ID.test(given) ? given : requestId;
  const answer = await answerRequest(
    {
      method: http.method,
      path: pathOf(event),
      headers: event.headers,
      body: Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8').toString('utf8'),
      id,
    },
    { objects: new ObjectStore(s3Client(), resourceNames().bucket), now: Date.now },
  );
  report(answer, id, context, performance.now() - started);
  return {
    statusCode: answer.status,
    headers: { ...answer.headers, 'content-type': 'application/json', 'x-request-id': id },
    body: JSON.stringify(answer.body),
  };
}

function report(answer: ServingAnswer, id: string, context: Context, milliseconds: number): void {
  const { served, status, failure } = answer;
  const { endpoint, model, version, slot, rows = 0 } = served ?? {};
  const about = { request: id, status, endpoint, model, version, slot };
  if (failure !== undefined) logger.error('An endpoint failed', { ...about, error: failure });
  for (const warning of answer.warnings ?? []) logger.warn(warning.message, { ...about, error: warning });
  if (served === undefined) return;
  metrics.captureColdStartMetric(context.functionName);
  // By slot, not by version: an alarm is made before the versions are.
  metrics.addDimensions({ endpoint: served.endpoint, slot: served.slot });
  metrics.addMetric('Requests', 'Count', 1);
  metrics.addMetric('Predictions', 'Count', rows);
  metrics.addMetric('ClientErrors', 'Count', status >= 400 && status < 500 ? 1 : 0);
  metrics.addMetric('ServerErrors', 'Count', status >= 500 ? 1 : 0);
  metrics.addMetric('Latency', 'Milliseconds', milliseconds);
  metrics.addMetric('LogFailures', 'Count', answer.warnings?.length ?? 0);
  if (served.shadowDisagreement !== undefined)
    metrics.addMetric('ShadowDisagreement', 'Percent', 100 * served.shadowDisagreement);
  // Which version it was stands beside the figures, for queries on the log.
  metrics.addMetadata('version', served.version);
  metrics.addMetadata('request', id);
  metrics.publishStoredMetrics();
}

/** A stage other than $default is the first part of the path. */
function pathOf({ rawPath, requestContext: { stage } }: APIGatewayProxyEventV2): string {
  return rawPath.startsWith(`/${stage}/`) ? rawPath.slice(stage.length + 1) : rawPath;
}
