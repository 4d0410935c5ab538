/**
 * Webhooks of the registry: an address that is called when a model changes. The secret that signs what is sent lies in
 * Parameter Store, encrypted, under a name of its own; nothing answers with it.
 */
import { randomUUID } from 'node:crypto';
import { EXISTING, NEW, remove, TableBusy } from '../../aws/dynamo-table';
import { resourceNames } from '../../aws/environment';
import { deleteParameter, MAX_PARAMETER_BYTES, writeParameter } from '../../aws/parameters';
import { pauseBefore } from '../../aws/pause';
import { readParameter } from '../../aws/read-parameter';
import { trackingTable } from '../../aws/tables';
import { clearPartition } from '../clear-partition';
import { deliveryPartition, webhookKey, WEBHOOKS } from '../keys';
import { TrackingRefused } from '../tracking-refused';
import { checkWebhookUrl } from './public-address';
import { exampleOf, nameOf, type WebhookEvent } from './webhook-events';

export type WebhookStatus = 'ACTIVE' | 'DISABLED';

export interface Webhook {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly url: string;
  readonly events: readonly WebhookEvent[];
  readonly status: WebhookStatus;
  readonly signed: boolean;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly rev: number;
}

export interface WebhookInput {
  readonly name: string;
  readonly description?: string | undefined;
  readonly url: string;
  readonly events: readonly WebhookEvent[];
  /** Signs what is sent. @default nothing is signed */
  readonly secret?: string | undefined;
  /** @default ACTIVE */
  readonly status?: WebhookStatus | undefined;
}

/** What is to be another value; the rest stays. */
export type WebhookChange = { readonly [K in keyof WebhookInput]?: WebhookInput[K] | undefined };

const MAX_ATTEMPTS = 20;
const MAX_DESCRIPTION = 1000;

/** @throws TrackingRefused before anything is written */
export async function createWebhook(input: WebhookInput): Promise<Webhook> {
  const checked = check(input);
  const id = randomUUID();
  const now = Date.now();
  const webhook: Webhook = {
    id,
    ...checked,
    signed: input.secret !== undefined,
    createdAt: now,
    updatedAt: now,
    rev: 1,
  };
  // The secret first: a webhook that lacks it would send what nobody can trust.
  if (input.secret !== undefined) await writeSecret(id, input.secret);
  await trackingTable().put({ ...webhookKey(id), ...webhook }, NEW);
  return webhook;
}

/** What is absent stays as it is. @throws TrackingRefused */
export async function updateWebhook(id: string, change: WebhookChange): Promise<Webhook> {
  const table = trackingTable();
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    if (attempt > 0) await pauseBefore(attempt, 5, 200);
    const webhook = await getWebhook(id);
    const given = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
    const next: Webhook = {
      ...webhook,
      ...check({ ...webhook, ...given }),
      signed: webhook.signed || change.secret !== undefined,
      updatedAt: Date.now(),
      rev: webhook.rev + 1,
    };
    if (attempt === 0 && change.secret !== undefined) await writeSecret(id, change.secret);
    const written = await table.put(
      { ...webhookKey(id), ...next },
      { ConditionExpression: 'rev = :rev', ExpressionAttributeValues: { ':rev': webhook.rev } },
    );
    if (written) return next;
  }
  throw new TableBusy(table.name);
}

/** @throws TrackingRefused RESOURCE_DOES_NOT_EXIST */
export async function getWebhook(id: string): Promise<Webhook> {
  const webhook = await trackingTable().get<Webhook>(webhookKey(id));
  if (webhook !== undefined) return webhook;
  throw noWebhook(id);
}

/** Newest first. */
export async function listWebhooks(): Promise<Webhook[]> {
  const found = await trackingTable().query<Webhook>({ pk: WEBHOOKS });
  return found.sort((a, b) => b.createdAt - a.createdAt || (a.id < b.id ? -1 : 1));
}

/** With its secret and the record of its deliveries. @throws TrackingRefused RESOURCE_DOES_NOT_EXIST */
export async function deleteWebhook(id: string): Promise<void> {
  if ((await trackingTable().transact([remove(webhookKey(id), EXISTING)])) !== undefined) throw noWebhook(id);
  await deleteParameter(secretName(id));
  await clearPartition(deliveryPartition(id));
}

/** `undefined` when it signs nothing. */
export async function secretOf({ id, signed }: Webhook): Promise<string | undefined> {
  if (!signed) return undefined;
  const secret = await readParameter(secretName(id));
  if (secret !== undefined) return secret;
  throw new TrackingRefused(
    'INVALID_STATE',
    `The secret of webhook ${id} is gone from Parameter Store (${secretName(id)}). Give it one by an update.`,
  );
}

function secretName(id: string): string {
  return `/millrace-${resourceNames().stage}/webhooks/${id}`;
}

async function writeSecret(id: string, secret: string): Promise<void> {
  await writeParameter(secretName(id), secret, {
    secret: true,
    description: `Signs what webhook ${id} sends`,
  });
}

function noWebhook(id: string): TrackingRefused {
  return new TrackingRefused('RESOURCE_DOES_NOT_EXIST', `Webhook with ID ${id} not found.`);
}

function check(input: WebhookInput): Pick<Webhook, 'name' | 'description' | 'url' | 'events' | 'status'> {
  const { name, description = '', url, events, secret, status = 'ACTIVE' } = input;
  const refuse = (message: string): never => {
    throw new TrackingRefused('INVALID_PARAMETER_VALUE', message);
  };
  if (!/^(?=.{1,63}$)[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?$/i.test(name))
    refuse(
      `Webhook name '${name.slice(0, 80)}' is invalid. It must start and end with a letter or digit, be less than 63 characters long, and contain only letters, digits, dots (.), underscores (_), and hyphens (-).`,
    );
  if (description.length > MAX_DESCRIPTION)
    refuse(`The description has ${description.length} characters; the limit is ${MAX_DESCRIPTION}.`);
  if (events.length === 0) refuse('Webhook events must be a non-empty list of WebhookEvent objects: [].');
  for (const event of events) exampleOf(event);
  if (secret === '') refuse('The secret is empty. Leave it out when nothing is to be signed.');
  if (secret !== undefined && Buffer.byteLength(secret) > MAX_PARAMETER_BYTES)
    refuse(`The secret has more than ${MAX_PARAMETER_BYTES} bytes.`);
  checkWebhookUrl(url);
  const distinct = new Map(
    events.map(({ entity, action }) => [nameOf({ entity, action }), { entity, action }]),
  );
  return { name, description, url, events: [...distinct.values()], status };
}
