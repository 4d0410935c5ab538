/** Calls the webhooks that asked for a change of the registry. */
import type { EventBridgeEvent } from 'aws-lambda';
import { deliverChange, type RegistryChange } from '../../lib/tracking/webhooks/deliver';

export async function handler(event: EventBridgeEvent<'Registry Changed', RegistryChange>): Promise<void> {
  // What it throws lets Lambda ask again later, then leads to the dead letter queue.
  await deliverChange(event.detail);
}
