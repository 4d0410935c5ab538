import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { once } from './settings';

/** A task tells what happened to it and ends; it does not wait long for the bus. */
export const eventBridgeClient = (): EventBridgeClient =>
  once(
    'events',
    () =>
      new EventBridgeClient({
        maxAttempts: 3,
        requestHandler: { connectionTimeout: 1_000, requestTimeout: 5_000 },
      }),
  );
