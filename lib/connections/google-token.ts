/** Access tokens of Google for the key of a service account (RFC 7523: a signed assertion is exchanged for a token). */
import { createSign } from 'node:crypto';
import { z } from 'zod';
import { DoNotRetry } from '../model/errors';
import { httpClient } from './http';

const SCOPE = 'https://www.googleapis.com/auth/devstorage.read_write';
const LIFETIME_SECONDS = 3600;

const keyFile = z.object({
  client_email: z.string(),
  private_key: z.string(),
  private_key_id: z.string().optional(),
  token_uri: z.url({ protocol: /^https?$/ }).default('https://oauth2.googleapis.com/token'),
});

/** The key of a service account that is none. */
export class InvalidServiceAccount extends DoNotRetry {
  override readonly name = 'Millrace.InvalidServiceAccount';
}

/** @param serviceAccount the JSON key as Google gives it @throws InvalidServiceAccount, RequestFailed, RequestRefused */
export async function accessToken(
  serviceAccount: string,
  signal: AbortSignal,
  now = Date.now(),
): Promise<string> {
  const key = keyOf(serviceAccount);
  const issuedAt = Math.floor(now / 1000);
  const header = { alg: 'RS256', typ: 'JWT', ...(key.private_key_id && { kid: key.private_key_id }) };
  const claims = {
    iss: key.client_email,
    scope: SCOPE,
    aud: key.token_uri,
    iat: issuedAt,
    exp: issuedAt + LIFETIME_SECONDS,
  };
  const signed = `${encoded(header)}.${encoded(claims)}`;
  let signature: string;
  try {
    signature = createSign('RSA-SHA256').update(signed).sign(key.private_key, 'base64url');
  } catch (cause) {
    throw new InvalidServiceAccount('The private_key of the service account is no RSA key in PEM.', {
      cause,
    });
  }
  const assertion = `${signed}.${signature}`;
  const client = httpClient({ baseUrl: key.token_uri, headers: {} }, signal, [assertion]);
  const answer = await client.post('', {
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({
      grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
      assertion,
    }).toString(),
  });
  return z.object({ access_token: z.string() }).parse(answer.json()).access_token;
}

function keyOf(text: string): z.output<typeof keyFile> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new InvalidServiceAccount(
      'The serviceAccount of the connection is no JSON: give the whole key file.',
    );
  }
  const parsed = keyFile.safeParse(json);
  if (parsed.success) return parsed.data;
  throw new InvalidServiceAccount(
    `The serviceAccount of the connection is no key of a service account: ${parsed.error.issues
      .map(({ path }) => path.map(String).join('.'))
      .join(', ')} is missing or wrong.`,
  );
}

function encoded(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}
