/**
 * Brings endpoints about that run on SageMaker, ECS or Kubernetes: when one changes, every minute for what is under way, and asks
 * their versions on behalf of tests. Nobody else has permissions at those services.
 */
import { Logger } from '@aws-lambda-powertools/logger';
import type { EventBridgeEvent } from 'aws-lambda';
import { resourceNames } from '../../lib/aws/environment';
import { tellEndpointChanged } from '../../lib/orchestration/endpoint-events';
import { listTargeted } from '../../lib/serving/targets/list-targeted';
import { invokeTarget } from '../../lib/serving/targets/invoke-target';
import { syncTarget, type SyncPlace } from '../../lib/serving/targets/sync-target';
import type { EndpointAnswer, EndpointRequest } from '../../lib/serving/endpoint-request';

const logger = new Logger();

type Event =
  | EventBridgeEvent<'Endpoint Changed', { readonly endpoint: string }>
  | { readonly action: 'all' }
  | { readonly action: 'ask'; readonly request: EndpointRequest };

export async function handler(event: Event): Promise<EndpointAnswer | undefined> {
  if (!('action' in event)) await sync(event.detail.endpoint);
  else if (event.action === 'ask') return invokeTarget(event.request, resourceNames().stage);
  else await syncAll();
  return undefined;
}

/** One that cannot be brought about holds the others up in nothing. */
async function syncAll(): Promise<void> {
  const failures: unknown[] = [];
  for (const endpoint of await listTargeted(Date.now()))
    await sync(endpoint).catch((error: unknown) => void failures.push(error));
  if (failures.length > 0)
    throw new AggregateError(failures, `${failures.length} endpoints cannot be brought about.`);
}

async function sync(endpoint: string): Promise<void> {
  const place: SyncPlace = { stage: resourceNames().stage, now: Date.now, told: tellEndpointChanged };
  try {
    const record = await syncTarget(endpoint, place);
    if (record !== undefined) logger.info('Looked after an endpoint', { endpoint, ...record });
  } catch (error) {
    logger.error('An endpoint cannot be brought about', { endpoint, error: error as Error });
    throw error;
  }
}
