/** What a connection of each kind consists of. Members named in `SECRETS` are never shown. */
import { z } from 'zod';

const ssl = z
  .enum(['verify', 'require', 'disable'])
  .default('verify')
  .describe('verify checks the certificate of the server, require only encrypts');
const ca = z.string().optional().describe('certificate of the authority in PEM, when it is not a public one');
const port = z.coerce.number().int().min(1).max(65_535);
const https = z.url({ protocol: /^https?$/ });

export const CONNECTION_KINDS = {
  http: z.strictObject({
    baseUrl: https,
    headers: z.record(z.string(), z.string()).default({}),
    user: z.string().optional(),
    password: z.string().optional(),
    token: z.string().optional().describe('sent as Authorization: Bearer'),
  }),
  postgres: z.strictObject({
    host: z.string().min(1),
    port: port.default(5432),
    database: z.string().min(1),
    user: z.string().min(1),
    password: z.string().optional(),
    ssl,
    ca,
  }),
  mysql: z.strictObject({
    host: z.string().min(1),
    port: port.default(3306),
    database: z.string().min(1),
    user: z.string().min(1),
    password: z.string().optional(),
    ssl,
    ca,
  }),
  slack: z
    .strictObject({
      webhookUrl: https.optional().describe('of an incoming webhook'),
      token: z.string().optional().describe('of a bot, for any channel'),
      channel: z.string().optional().describe('where messages go that name none'),
      apiUrl: https.default('https://slack.com/api'),
    })
    .refine(
      ({ webhookUrl, token }) => (webhookUrl === undefined) !== (token === undefined),
      'give either webhookUrl or token',
    ),
  'google-cloud-storage': z
    .strictObject({
      bucket: z.string().optional().describe('where objects are that name none'),
      serviceAccount: z.string().optional().describe('the JSON key of a service account'),
      accessKeyId: z.string().optional().describe('of an HMAC key'),
      secretAccessKey: z.string().optional().describe('of an HMAC key'),
      endpoint: https.default('https://storage.googleapis.com'),
    })
    .refine(
      ({ serviceAccount, accessKeyId, secretAccessKey }) =>
        serviceAccount === undefined
          ? accessKeyId !== undefined && secretAccessKey !== undefined
          : accessKeyId === undefined && secretAccessKey === undefined,
      'give either serviceAccount, or accessKeyId and secretAccessKey',
    ),
  kubernetes: z.strictObject({
    endpoint: https.describe('address of the API server'),
    token: z.string().min(1).describe('of a service account'),
    ca: z.string().optional().describe('certificate of the authority in PEM, when it is not a public one'),
  }),
} as const;

export type ConnectionKind = keyof typeof CONNECTION_KINDS;
export type ConnectionSettings<Kind extends ConnectionKind> = z.output<(typeof CONNECTION_KINDS)[Kind]>;

const SECRETS: ReadonlySet<string> = new Set([
  'headers',
  'password',
  'token',
  'webhookUrl',
  'serviceAccount',
  'secretAccessKey',
]);

export function isSecretMember(name: string): boolean {
  return SECRETS.has(name);
}

export function isConnectionKind(text: unknown): text is ConnectionKind {
  return typeof text === 'string' && Object.hasOwn(CONNECTION_KINDS, text);
}
