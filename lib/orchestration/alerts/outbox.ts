/**
 * Notifications, written down before they are sent.
 *
 * 1. An occasion becomes one notification, however often it is told.
 * 2. What a channel has got it does not get again when the event is delivered again.
 */
import { createHash } from 'node:crypto';
import { NEW, put } from '../../aws/dynamo-table';
import { orchestrationTable } from '../../aws/tables';
import type { Channel } from '../../model/alerts';
import { expiry, notificationKey, notificationsPk, toldKey } from '../keys';
import type { Notification } from './notification';

export interface Delivery {
  readonly channel: Channel;
  /** `kept`: on this machine, where nothing is sent to the outside. `failed`: will be tried again unless it is refused for good. */
  readonly state: 'pending' | 'sent' | 'kept' | 'failed' | 'refused';
  readonly error?: string;
}

export interface OutboxEntry extends Notification {
  readonly id: string;
  /** ISO instant. */
  readonly at: string;
  readonly deliveries: readonly Delivery[];
}

/** Writes a notification down, or returns what was written for the same occasion. */
export async function claim(
  notification: Notification,
  occasion: string,
  channels: readonly Channel[],
  now: Date,
): Promise<OutboxEntry> {
  const key = toldKey(notification.run, occasion);
  const at = now.toISOString();
  const id = createHash('sha256').update(JSON.stringify(key)).digest('hex').slice(0, 12);
  const entry: OutboxEntry = {
    ...notification,
    id,
    at,
    deliveries: channels.map((channel) => ({ channel, state: 'pending' })),
  };
  const ttl = expiry(now.getTime());
  const refused = await orchestrationTable().transact([
    put({ ...key, at, id, ttl }, NEW),
    put({ ...notificationKey(at, id), ...entry, ttl }),
  ]);
  if (refused === undefined) return entry;
  const earlier = await orchestrationTable().get<{ at: string; id: string }>(key);
  const written =
    earlier === undefined
      ? undefined
      : await orchestrationTable().get<OutboxEntry>(notificationKey(earlier.at, earlier.id));
  return written ?? entry;
}

export async function recordDeliveries(entry: OutboxEntry, deliveries: readonly Delivery[]): Promise<void> {
  await orchestrationTable().update(notificationKey(entry.at, entry.id), {
    UpdateExpression: 'SET #deliveries = :deliveries',
    ConditionExpression: 'attribute_exists(pk)',
    ExpressionAttributeNames: { '#deliveries': 'deliveries' },
    ExpressionAttributeValues: { ':deliveries': deliveries },
  });
}

/** Newest first. */
export async function readOutbox(options: {
  readonly limit: number;
  readonly pipeline?: string;
}): Promise<OutboxEntry[]> {
  const all = await orchestrationTable().query<OutboxEntry>({
    pk: notificationsPk,
    newestFirst: true,
    ...(options.pipeline === undefined ? { limit: options.limit } : {}),
  });
  return all
    .filter((entry) => options.pipeline === undefined || entry.pipeline === options.pipeline)
    .slice(0, options.limit);
}
