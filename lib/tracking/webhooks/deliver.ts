/**
 * Brings a change of the registry to the webhooks that asked for it. A delivery has the same id however often the change is
 * told, so that who receives it can tell; one that has arrived is not sent again.
 */
import { createHash } from 'node:crypto';
import { trackingTable } from '../../aws/tables';
import { deliveryKey, deliveryPartition } from '../keys';
import { TrackingRefused } from '../tracking-refused';
import { postSigned, type PostAnswer } from './post-signed';
import { exampleOf, nameOf, type WebhookEvent } from './webhook-events';
import { listWebhooks, secretOf, type Webhook } from './webhooks';

/** A change of the registry, as the bus brings it. */
export interface RegistryChange extends WebhookEvent {
  /** The same for a repetition of the news. */
  readonly id: string;
  /** ISO instant. */
  readonly at: string;
  readonly data: object;
}

export interface Delivery {
  readonly id: string;
  readonly at: string;
  /** E.g. `model_version.created`. */
  readonly event: string;
  readonly delivered: boolean;
  readonly attempts: number;
  /** Of the last attempt; absent when nobody answered. */
  readonly status?: number;
  /** What went wrong at the last attempt. */
  readonly error?: string;
  /** ISO instant of the last attempt. */
  readonly triedAt: string;
}

export interface Patience {
  readonly attempts: number;
  /** @param attempt from 1 */
  readonly pause: (attempt: number, retryAfter: number | undefined) => Promise<void>;
}

/** 1, 2, 4 seconds with jitter, or what the receiver asks for up to 15. */
export const PATIENCE: Patience = {
  attempts: 4,
  pause: async (attempt, retryAfter) => {
    const seconds = Math.min(15, retryAfter ?? 2 ** (attempt - 1) + Math.random());
    await new Promise((resolve) => {
      setTimeout(resolve, seconds * 1000);
    });
  },
};

/** Some webhooks did not take the news. Telling it again brings it to those. */
export class NotDelivered extends Error {
  override readonly name = 'Millrace.NotDelivered';
}

/** Deliveries that are kept of a webhook. */
const KEPT = 100;

/** @throws NotDelivered when a later attempt may succeed */
export async function deliverChange(
  change: RegistryChange,
  patience: Patience = PATIENCE,
): Promise<Delivery[]> {
  const asked = (await listWebhooks()).filter(
    ({ status, events }) => status === 'ACTIVE' && events.some((event) => nameOf(event) === nameOf(change)),
  );
  const results = await Promise.all(asked.map(async (webhook) => deliverTo(webhook, change, patience)));
  const failed = results.filter(({ again }) => again);
  if (failed.length > 0)
    throw new NotDelivered(
      `${nameOf(change)} was not taken by ${failed.length} of ${asked.length} webhooks: ${failed
        .map(({ delivery: { error } }, i) => `${asked[results.indexOf(failed[i]!)]?.name}: ${error}`)
        .join('; ')}`,
    );
  return results.map(({ delivery }) => delivery);
}

/** Newest first. */
export async function listDeliveries(webhookId: string): Promise<Delivery[]> {
  return trackingTable().query<Delivery>({ pk: deliveryPartition(webhookId), newestFirst: true });
}

/** Sends an example, once. Never throws. */
export async function tryWebhook(
  webhook: Webhook,
  event: WebhookEvent,
): Promise<{ readonly answer?: PostAnswer; readonly error?: string }> {
  try {
    const change = {
      ...event,
      id: `test-${Date.now()}`,
      at: new Date().toISOString(),
      data: exampleOf(event),
    };
    return { answer: await send(webhook, change, await secretOf(webhook)) };
  } catch (error) {
    return { error: messageOf(error) };
  }
}

async function deliverTo(
  webhook: Webhook,
  change: RegistryChange,
  patience: Patience,
): Promise<{ readonly delivery: Delivery; readonly again: boolean }> {
  const key = deliveryKey(webhook.id, change.at, deliveryId(webhook, change));
  const before = await trackingTable().get<Delivery>(key);
  if (before?.delivered === true) return { delivery: before, again: false };
  const outcome = await attempt(webhook, change, patience);
  const delivery: Delivery = {
    id: deliveryId(webhook, change),
    at: change.at,
    event: nameOf(change),
    delivered: outcome.delivered,
    attempts: (before?.attempts ?? 0) + outcome.attempts,
    ...(outcome.status === undefined ? {} : { status: outcome.status }),
    ...(outcome.error === undefined ? {} : { error: outcome.error }),
    triedAt: new Date().toISOString(),
  };
  await trackingTable().put({ ...key, ...delivery });
  await forgetOld(webhook.id);
  return { delivery, again: !delivery.delivered && outcome.passing };
}

interface Outcome {
  readonly delivered: boolean;
  readonly attempts: number;
  readonly status?: number;
  readonly error?: string;
  /** Whether a later attempt may succeed. */
  readonly passing: boolean;
}

async function attempt(webhook: Webhook, change: RegistryChange, patience: Patience): Promise<Outcome> {
  for (let attempts = 1; ; attempts++) {
    let outcome: Outcome;
    let retryAfter: number | undefined;
    try {
      const answer = await send(webhook, change, await secretOf(webhook));
      const { status } = answer;
      retryAfter = answer.retryAfter;
      if (status >= 200 && status < 300) return { delivered: true, attempts, status, passing: false };
      const passing = status === 408 || status === 429 || status >= 500;
      outcome = { delivered: false, attempts, status, error: `status ${status}`, passing };
    } catch (error) {
      // What is refused here stays refused: an address that is not public, a secret that is gone.
      const passing = !(error instanceof TrackingRefused);
      outcome = { delivered: false, attempts, error: messageOf(error), passing };
    }
    if (!outcome.passing || attempts >= patience.attempts) return outcome;
    await patience.pause(attempts, retryAfter);
  }
}

async function send(
  webhook: Webhook,
  change: RegistryChange,
  secret: string | undefined,
): Promise<PostAnswer> {
  const { entity, action, at: timestamp, data } = change;
  return postSigned({
    url: webhook.url,
    body: JSON.stringify({ entity, action, timestamp, data }),
    deliveryId: deliveryId(webhook, change),
    timestamp: Math.floor(Date.now() / 1000),
    secret,
  });
}

/** A UUID that follows from the webhook and the change. */
function deliveryId(webhook: Webhook, change: RegistryChange): string {
  const hex = createHash('sha256')
    .update(`${webhook.id}\n${change.id}\n${nameOf(change)}`)
    .digest('hex');
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `8${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-');
}

async function forgetOld(webhookId: string): Promise<void> {
  const table = trackingTable();
  const pk = deliveryPartition(webhookId);
  const keys = await table.sortKeys(pk);
  await Promise.all(
    keys.slice(0, Math.max(0, keys.length - KEPT)).map(async (sk) => table.delete({ pk, sk })),
  );
}

function messageOf(error: unknown): string {
  const { message, name } = Object(error) as Partial<Error>;
  return message || name || String(error);
}
