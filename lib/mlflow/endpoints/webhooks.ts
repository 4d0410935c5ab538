/** Webhooks as MLflow's clients and its page ask for them. Secrets go in and never come out. */
import {
  listWebhooks,
  createWebhook,
  deleteWebhook,
  getWebhook,
  updateWebhook,
  type Webhook,
  type WebhookChange,
} from '../../tracking/webhooks/webhooks';
import { tryWebhook } from '../../tracking/webhooks/deliver';
import { exampleOf, type WebhookEvent } from '../../tracking/webhooks/webhook-events';
import { endpoint } from '../endpoint';
import { pageOf } from '../page-token';
import { enumeration, int64, list, message, required, string, withDefault } from '../wire/fields';
import { withinLimit } from './common';

const ENTITIES = {
  REGISTERED_MODEL: 1,
  MODEL_VERSION: 2,
  MODEL_VERSION_TAG: 3,
  MODEL_VERSION_ALIAS: 4,
  PROMPT: 5,
  PROMPT_VERSION: 6,
  PROMPT_TAG: 7,
  PROMPT_VERSION_TAG: 8,
  PROMPT_ALIAS: 9,
  BUDGET_POLICY: 10,
};
const ACTIONS = { CREATED: 1, UPDATED: 2, DELETED: 3, SET: 4, EXCEEDED: 5 };
const EVENT = message({ entity: required(enumeration(ENTITIES)), action: required(enumeration(ACTIONS)) });
const STATUS = enumeration({ ACTIVE: 1, DISABLED: 2 });
const ID = { webhook_id: required(string) };

export const webhookEndpoints = [
  endpoint({
    method: 'POST',
    path: 'webhooks',
    fields: {
      name: required(string),
      description: string,
      url: required(string),
      events: required(list(EVENT)),
      secret: string,
      status: STATUS,
    },
    handle: async ({ events, ...rest }) => ({
      webhook: webhookJson(await createWebhook({ ...rest, events: events.map(eventOf) })),
    }),
  }),
  endpoint({
    method: 'GET',
    path: 'webhooks',
    fields: { max_results: withDefault(int64, 100), page_token: string },
    handle: async ({ max_results, page_token }) => {
      const { page, next } = pageOf(await listWebhooks(), withinLimit(max_results, 1000), page_token);
      return { webhooks: page.map(webhookJson), next_page_token: next };
    },
  }),
  endpoint({
    method: 'GET',
    path: 'webhooks/{webhook_id}',
    fields: ID,
    handle: async ({ webhook_id }) => ({ webhook: webhookJson(await getWebhook(webhook_id)) }),
  }),
  endpoint({
    method: 'PATCH',
    path: 'webhooks/{webhook_id}',
    fields: {
      ...ID,
      name: string,
      description: string,
      url: string,
      events: list(EVENT),
      secret: string,
      status: STATUS,
    },
    handle: async ({ webhook_id, events, ...rest }) => {
      const change: WebhookChange = {
        ...rest,
        // As in protocol buffers, an empty list cannot be told from none.
        ...(events.length === 0 ? {} : { events: events.map(eventOf) }),
      };
      return { webhook: webhookJson(await updateWebhook(webhook_id, change)) };
    },
  }),
  endpoint({
    method: 'DELETE',
    path: 'webhooks/{webhook_id}',
    fields: ID,
    handle: async ({ webhook_id }) => {
      await deleteWebhook(webhook_id);
      return {};
    },
  }),
  endpoint({
    method: 'POST',
    path: 'webhooks/{webhook_id}/test',
    fields: { ...ID, event: EVENT },
    handle: async ({ webhook_id, event }) => {
      const webhook = await getWebhook(webhook_id);
      const asked = event === undefined ? webhook.events[0]! : eventOf(event);
      exampleOf(asked);
      const { answer, error } = await tryWebhook(webhook, asked);
      return {
        result:
          answer === undefined
            ? { success: false, error_message: `Failed to test webhook: ${error}` }
            : {
                success: answer.status >= 200 && answer.status < 300,
                response_status: answer.status,
                response_body: answer.body,
              },
      };
    },
  }),
];

function eventOf({ entity, action }: { readonly entity: string; readonly action: string }): WebhookEvent {
  return { entity: entity.toLowerCase(), action: action.toLowerCase() };
}

function webhookJson(webhook: Webhook): object {
  return {
    webhook_id: webhook.id,
    name: webhook.name,
    description: webhook.description,
    url: webhook.url,
    events: webhook.events.map(({ entity, action }) => ({
      entity: entity.toUpperCase(),
      action: action.toUpperCase(),
    })),
    status: webhook.status,
    creation_timestamp: webhook.createdAt,
    last_updated_timestamp: webhook.updatedAt,
  };
}
