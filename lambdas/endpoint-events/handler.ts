/** Rolls endpoints back: when an alarm of the version that traffic goes over to rings, or when an event asks for it. */
import { Logger } from '@aws-lambda-powertools/logger';
import type { EventBridgeEvent } from 'aws-lambda';
import { z } from 'zod';
import { resourceNames } from '../../lib/aws/environment';
import { tellEndpointChanged } from '../../lib/orchestration/endpoint-events';
import { DeploymentRefused, rollbackEndpoint } from '../../lib/serving/change-endpoint';
import { getEndpoint, listChanges, type EndpointChange } from '../../lib/serving/endpoint';
import { shiftEnds } from '../../lib/serving/traffic';

const logger = new Logger();
/** An alarm tells of the minutes before: the shift may have ended meanwhile. */
const LATE_MS = 15 * 60_000;

const rollbackRequest = z.object({
  endpoint: z.string().min(1),
  reason: z.string().min(1),
  by: z.string().default('event'),
  /** Only if this version is the one that was deployed last. */
  version: z.string().optional(),
});

type Event = EventBridgeEvent<string, unknown>;

/** Returns what was changed; `null` when there was nothing to roll back. */
export async function handler(event: Event): Promise<EndpointChange | null> {
  const request =
    event['detail-type'] === 'CloudWatch Alarm State Change'
      ? await requestOfAlarm(event)
      : rollbackRequest.parse(event.detail);
  if (request === undefined) return null;
  try {
    // An event that is delivered again is the same rollback.
    const change = await rollbackEndpoint({ ...request, idempotencyKey: `event#${event.id}` });
    await tellEndpointChanged(change);
    logger.info('Rolled back', { ...change });
    return change;
  } catch (error) {
    if (!(error instanceof DeploymentRefused)) throw error;
    logger.warn('Not rolled back', { reason: error.message, endpoint: request.endpoint });
    return null;
  }
}

async function requestOfAlarm(event: Event) {
  const { alarmName, state } = event.detail as { alarmName: string; state?: { reason?: string } };
  const prefix = `millrace-${resourceNames().stage}-endpoint-`;
  // Ours end in errors, crashes and latency; those that watch a target are whatever their owner calls them.
  const endpoint = alarmName.slice(prefix.length).replace(/-candidate-[^-]+$/, '');
  const { candidate } = await getEndpoint(endpoint);
  const version = candidate?.version ?? (await lateVersion(endpoint));
  if (version === undefined) {
    logger.warn('An alarm rang, but no version was deployed lately.', { alarmName, endpoint });
    return undefined;
  }
  return {
    endpoint,
    version,
    by: `alarm ${alarmName}`,
    reason: state?.reason ?? `The alarm ${alarmName} rang.`,
  };
}

/** The version whose shift ended a short time ago. */
async function lateVersion(endpoint: string): Promise<string | undefined> {
  const [last] = await listChanges(endpoint);
  if (last === undefined || last.strategy === undefined || last.to === null) return undefined;
  const ends = shiftEnds({ version: last.to, strategy: last.strategy, shiftingSince: last.at });
  return ends !== null && Date.now() - Date.parse(ends) < LATE_MS ? last.to : undefined;
}
