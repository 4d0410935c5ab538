/** Messages to Slack: Airflow's `SlackWebhookHook` and `SlackHook`. */
import type { JsonObject } from '../model/json';
import type { Connection } from '../tasks/connection';
import type { ConnectionSettings } from '../tasks/connection-kinds';
import { httpClient } from './http';
import { RequestRefused } from './request-errors';
import type { ConnectionUser } from './user';

export interface SlackClient {
  /** @param channel for a bot; a webhook has a channel of its own @throws RequestFailed, RequestRefused */
  post(text: string, options?: { readonly channel?: string }): Promise<void>;
}

export async function openSlack(user: ConnectionUser, connection: Connection<'slack'>): Promise<SlackClient> {
  return slackClient(await user.connection(connection), user.signal);
}

export function slackClient(settings: ConnectionSettings<'slack'>, signal: AbortSignal): SlackClient {
  const { webhookUrl } = settings;
  if (webhookUrl !== undefined) return { post: async (text) => postToWebhook(webhookUrl, { text }, signal) };
  return {
    post: async (text, { channel = settings.channel } = {}) => {
      if (channel === undefined)
        throw new RequestRefused(
          'A message to Slack has no channel: name one, or set the channel of the connection.',
        );
      await callSlack(settings, 'chat.postMessage', { channel, text }, signal);
    },
  };
}

/** The path of a webhook is its secret. */
async function postToWebhook(url: string, message: JsonObject, signal: AbortSignal): Promise<void> {
  const client = httpClient({ baseUrl: url, headers: {} }, signal, [new URL(url).pathname]);
  await client.post('', { json: message });
}

/** Slack answers 200 also when it refuses; `ok` says which. */
export async function callSlack(
  { apiUrl, token = '' }: ConnectionSettings<'slack'>,
  method: string,
  body: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<void> {
  const client = httpClient({ baseUrl: apiUrl, headers: {}, token }, signal);
  const answer = (await client.post(method, { json: body })).json() as { ok?: boolean; error?: string };
  if (answer.ok !== true) throw new RequestRefused(`Slack refused ${method}: ${answer.error ?? 'no reason'}`);
}

/** An empty message is refused with 400 by a webhook that exists, and with 403 or 404 by one that does not. @throws RequestRefused */
export async function isWebhook(url: string, signal: AbortSignal): Promise<void> {
  try {
    await postToWebhook(url, {}, signal);
  } catch (error) {
    if (!(error instanceof RequestRefused) || !error.message.includes('status 400')) throw error;
  }
}
