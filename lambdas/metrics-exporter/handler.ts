/**
 * What Prometheus reads: `GET /metrics` with the header `authorization: Bearer <token>`, the parameter `metrics-token` of
 * the stage. The same function says who may, as the authoriser of the API.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { APIGatewayProxyEventV2, APIGatewayRequestAuthorizerEventV2 } from 'aws-lambda';
import { cloudWatchClient } from '../../lib/aws/clients/cloudwatch';
import { readSecret } from '../../lib/aws/read-secret';
import { metricsText } from '../../lib/orchestration/metrics-text';

/** Queries of CloudWatch cost: several readers within this time get the same answer. */
const KNOWN_MS = 30_000;
let known: { readonly at: number; readonly text: string } | undefined;

type Event = APIGatewayProxyEventV2 | APIGatewayRequestAuthorizerEventV2;

export async function handler(event: Event): Promise<unknown> {
  if ('type' in event) return { isAuthorized: await mayRead(event.headers?.['authorization']) };
  if (known === undefined || Date.now() - known.at > KNOWN_MS)
    known = { at: Date.now(), text: await metricsText(cloudWatchClient(), new Date()) };
  return {
    statusCode: 200,
    headers: { 'content-type': 'text/plain; version=0.0.4; charset=utf-8', 'cache-control': 'no-store' },
    body: known.text,
  };
}

async function mayRead(given: string | undefined): Promise<boolean> {
  const token = await readSecret({ secret: process.env['MILLRACE_METRICS_TOKEN'] ?? '', store: 'parameter' });
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return token !== '' && timingSafeEqual(digest(given ?? ''), digest(`Bearer ${token}`));
}
