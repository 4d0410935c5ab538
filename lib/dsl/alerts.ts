/** Channels for `onFailure`, `onSuccess`, `onRetry` and `deadline`. */
import type { Channel, SecretRef } from '../model/alerts';

/**
 * A secret of the stage by its name. `parameter` is the SecureString `/millrace/<stage>/<name>` of SSM;
 * `secrets-manager` the secret `millrace/<stage>/<name>`.
 * @default from parameter
 */
export function secret(
  name: string,
  options: { readonly from?: 'parameter' | 'secrets-manager' } = {},
): SecretRef {
  return { secret: name, store: options.from ?? 'parameter' };
}

/** The alarm topic of the stage: whoever subscribed to it, by e-mail or otherwise. */
export const alarmTopic: Channel = { kind: 'topic' };

/** An incoming webhook of Slack, or of whatever takes the same messages (Mattermost, Discord with `/slack`). */
export function slack(url: SecretRef): Channel {
  return { kind: 'slack', url };
}

/** Gets the notification as JSON in a POST. */
export function webhook(url: SecretRef): Channel {
  return { kind: 'webhook', url };
}
