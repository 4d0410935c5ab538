/** Hands a notification to a channel. A local cloud sends nothing to the outside: there it is kept in the outbox. */
import { InvokeCommand } from '@aws-sdk/client-lambda';
import { PublishCommand } from '@aws-sdk/client-sns';
import { lambdaClient } from '../../aws/clients/lambda';
import { snsClient } from '../../aws/clients/sns';
import { resourceNames } from '../../aws/environment';
import { readSecret } from '../../aws/read-secret';
import type { Channel, SecretRef } from '../../model/alerts';
import type { TaskEvent } from '../../model/envelope';
import { callbackEvent } from './callback-event';
import type { Notification } from './notification';
import type { Delivery, OutboxEntry } from './outbox';

export interface Carriers {
  /** @throws Error */
  readonly publish: (subject: string, text: string) => Promise<void>;
  /** Returns the HTTP status. @throws Error when there is no answer */
  readonly post: (url: string, body: object) => Promise<number>;
  /** @throws Error */
  readonly reveal: (secret: SecretRef) => Promise<string>;
  /** Calls a function and does not wait for its end. @throws Error */
  readonly invoke: (functionArn: string, event: TaskEvent) => Promise<void>;
  /** Whether webhooks may be called. */
  readonly outside: boolean;
}

export async function deliver(
  channel: Channel,
  notification: OutboxEntry,
  carriers: Carriers,
): Promise<Delivery> {
  try {
    if (channel.kind === 'topic') {
      await carriers.publish(notification.subject, notification.text);
      return { channel, state: 'sent' };
    }
    if (channel.kind === 'task') {
      await carriers.invoke(channel.function ?? '', await callbackEvent(channel.contract, notification));
      return { channel, state: 'sent' };
    }
    if (!carriers.outside) return { channel, state: 'kept' };
    const url = await carriers.reveal(channel.url);
    if (!url.startsWith('https://'))
      return { channel, state: 'refused', error: `The secret ${channel.url.secret} holds no https URL.` };
    const body = channel.kind === 'slack' ? slackMessage(notification) : notification;
    const status = await carriers.post(url, body);
    if (status >= 200 && status < 300) return { channel, state: 'sent' };
    // Asking again mends neither a wrong URL nor a message that is refused.
    const again = status === 429 || status >= 500;
    return { channel, state: again ? 'failed' : 'refused', error: `It answered with status ${status}.` };
  } catch (error) {
    const told = `${String(error)}${codeOf((error as { readonly cause?: unknown } | null)?.cause)}`;
    const gone = error instanceof Error && GONE.has(error.name);
    return { channel, state: gone ? 'refused' : 'failed', error: told.slice(0, 500) };
  }
}

/** Why there was no answer, like ECONNREFUSED. The rest of the cause may hold the address, which is a secret. */
function codeOf(cause: unknown): string {
  const code = typeof cause === 'object' && cause !== null && 'code' in cause ? cause.code : undefined;
  return typeof code === 'string' ? ` (${code})` : '';
}

/** Asking again mends nothing: a secret that nobody set, a function that was removed. */
const GONE = new Set(['Millrace.SecretNotFound', 'ResourceNotFoundException']);

function slackMessage({ subject, text }: Notification): object {
  // Slack reads these three as markup; https://api.slack.com/reference/surfaces/formatting#escaping
  const escaped = (plain: string) =>
    plain.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  return { text: `*${escaped(subject)}*\n${escaped(text)}` };
}

const TIMEOUT_MS = 10_000;

export function awsCarriers(): Carriers {
  return {
    publish: async (subject, text) => {
      await snsClient().send(
        new PublishCommand({
          TopicArn: resourceNames().alarmTopic,
          // A subject of SNS is one line of printable ASCII, of less than 100 characters.
          Subject: subject
            .replace(/[^\x21-\x7e]+/g, ' ')
            .trim()
            .slice(0, 99),
          Message: text,
        }),
      );
    },
    post: async (url, body) => {
      const { status } = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
        redirect: 'error',
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      return status;
    },
    reveal: readSecret,
    invoke: async (FunctionName, event) => {
      await lambdaClient().send(
        new InvokeCommand({
          FunctionName,
          InvocationType: 'Event',
          Payload: Buffer.from(JSON.stringify(event)),
        }),
      );
    },
    outside: process.env['AWS_ENDPOINT_URL'] === undefined,
  };
}
