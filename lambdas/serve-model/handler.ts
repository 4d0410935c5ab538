/** All endpoints of a stage behind API Gateway: one handler for all models, for callers with IAM and with API keys. */
import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics } from '@aws-lambda-powertools/metrics';
import type {
  APIGatewayProxyEvent,
  APIGatewayProxyEventV2,
  APIGatewayProxyStructuredResultV2,
  Context,
} from 'aws-lambda';
import { s3Client } from '../../lib/aws/clients/s3';
import { resourceNames } from '../../lib/aws/environment';
import { ObjectStore } from '../../lib/aws/object-store';
import { answerRequest, type ServingAnswer } from '../../lib/serving/answer-request';
import { requestOfEvent } from '../../lib/serving/request-of-event';

const logger = new Logger();
const metrics = new Metrics();

export async function handler(
  event: APIGatewayProxyEventV2 | APIGatewayProxyEvent,
  context: Context,
): Promise<APIGatewayProxyStructuredResultV2> {
  const started = performance.now();
  const request = requestOfEvent(event);
  const { id } = request;
  const answer = await answerRequest(request, {
    objects: new ObjectStore(s3Client(), resourceNames().bucket),
    now: Date.now,
  });
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
