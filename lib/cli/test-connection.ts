/** Opens a connection and asks for something that changes nothing. */
import type { ConnectionKind, ConnectionSettings } from '../tasks/connection-kinds';

export interface Tested {
  readonly ok: boolean;
  readonly message: string;
}

type Test<Kind extends ConnectionKind> = (
  settings: ConnectionSettings<Kind>,
  signal: AbortSignal,
) => Promise<string>;

const TIMEOUT_MS = 20_000;

const TESTS: { readonly [Kind in ConnectionKind]: Test<Kind> } = {
  http: async (settings, signal) => {
    const { httpClient } = require('../connections/http') as typeof import('../connections/http');
    const { status } = await httpClient(settings, signal).get('');
    return `${settings.baseUrl} answered with status ${status}.`;
  },
  postgres: async (settings) => {
    const { connectPostgres } =
      require('../connections/postgres') as typeof import('../connections/postgres');
    const client = await connectPostgres(settings);
    try {
      const { rows } = await client.query<{ version: string }>('SELECT version()');
      return rows[0]?.version ?? 'It answered.';
    } finally {
      await client.end();
    }
  },
  mysql: async (settings) => {
    const { connectMySql, sqlClientOf } =
      require('../connections/mysql') as typeof import('../connections/mysql');
    const client = await connectMySql(settings);
    try {
      const { rows } = await sqlClientOf(client).query<{ version: string }>('SELECT version() AS version');
      return `MySQL ${rows[0]?.version ?? ''}`;
    } finally {
      await client.end();
    }
  },
  slack: async (settings, signal) => {
    const { callSlack, isWebhook } = require('../connections/slack') as typeof import('../connections/slack');
    if (settings.webhookUrl === undefined) {
      await callSlack(settings, 'auth.test', {}, signal);
      return 'Slack knows the token.';
    }
    await isWebhook(settings.webhookUrl, signal);
    return 'Slack knows the webhook. Nothing was posted.';
  },
  'google-cloud-storage': async (settings, signal) => {
    const { googleCloudStorage } =
      require('../connections/google-cloud-storage') as typeof import('../connections/google-cloud-storage');
    const storage = await googleCloudStorage(settings, signal);
    if (settings.bucket === undefined) return 'Google gave a token. With a bucket that would be tried too.';
    const found = await storage.list('');
    return `${settings.bucket} can be listed; it has ${found.length === 0 ? 'no objects' : 'objects'}.`;
  },
  kubernetes: async (settings) => {
    const { askKubernetes, clusterOfConnection } =
      require('../connections/kubernetes') as typeof import('../connections/kubernetes');
    const answer = await askKubernetes(clusterOfConnection('that', settings), {
      method: 'GET',
      path: '/version',
    });
    return `Kubernetes ${(JSON.parse(answer ?? '{}') as { gitVersion?: string }).gitVersion ?? ''}`;
  },
};

export async function testConnection(
  kind: ConnectionKind,
  settings: Readonly<Record<string, unknown>>,
): Promise<Tested> {
  try {
    const test = TESTS[kind] as Test<ConnectionKind>;
    return { ok: true, message: await test(settings as never, AbortSignal.timeout(TIMEOUT_MS)) };
  } catch (error) {
    const told = error instanceof AggregateError ? (error.errors[0] as unknown) : error;
    return { ok: false, message: told instanceof Error ? `${told.name}: ${told.message}` : String(told) };
  }
}
