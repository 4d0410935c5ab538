/**
 * One value of Parameter Store. The request is signed here: a task that reads its variables would carry 170 KB more with
 * the client of SSM, and a task that reads none too. Credentials and region are those of the client of DynamoDB.
 */
import { SignatureV4 } from '@smithy/signature-v4';
import { documentClient } from './clients/dynamodb';
import { pauseBefore } from './pause';

const MAX_ATTEMPTS = 5;
const TIMEOUT_MS = 10_000;

/** Parameter Store refuses, or does not answer. */
export class ParameterUnreadable extends Error {
  override readonly name = 'Millrace.ParameterUnreadable';
}

/** Nothing when there is no such parameter. @throws ParameterUnreadable */
export async function readParameter(Name: string): Promise<string | undefined> {
  const body = JSON.stringify({ Name, WithDecryption: true });
  for (let attempt = 1; ; attempt++) {
    const answer = await ask(body);
    const { status, type, message, value } = answer;
    if (status === 200) return value;
    if (type === 'ParameterNotFound' || type === 'ParameterVersionNotFound') return undefined;
    const passing = status === 0 || status >= 500 || PASSING.has(type);
    if (!passing || attempt === MAX_ATTEMPTS)
      throw new ParameterUnreadable(`The parameter ${Name} could not be read: ${type} ${message}`.trim());
    await pauseBefore(attempt);
  }
}

const PASSING = new Set(['ThrottlingException', 'TooManyUpdates', 'InternalServerError', 'RequestTimeout']);

interface Answer {
  /** 0 when there was none. */
  readonly status: number;
  readonly type: string;
  readonly message: string;
  readonly value?: string;
}

async function ask(body: string): Promise<Answer> {
  const request = await signed(body, new Date());
  try {
    const response = await fetch(request.url, {
      method: 'POST',
      headers: request.headers,
      body,
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const answer = (await response.json()) as {
      readonly __type?: string;
      readonly message?: string;
      readonly Message?: string;
      readonly Parameter?: { readonly Value?: string };
    };
    return {
      status: response.status,
      type: answer.__type?.split('#').at(-1) ?? '',
      message: answer.message ?? answer.Message ?? '',
      ...(answer.Parameter === undefined ? {} : { value: answer.Parameter.Value ?? '' }),
    };
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    return { status: 0, type: '', message: cause instanceof Error ? cause.message : String(cause) };
  }
}

/** Exported for its test, which compares it with what the client of SSM sends. */
export async function signed(
  body: string,
  signingDate: Date,
): Promise<{ readonly url: string; readonly headers: Record<string, string> }> {
  const { config } = documentClient();
  const region = await config.region();
  const url = new URL(endpointOf(region));
  const signer = new SignatureV4({
    service: 'ssm',
    region,
    credentials: config.credentials,
    sha256: config.sha256,
  });
  const { headers } = await signer.sign(
    {
      method: 'POST',
      protocol: url.protocol,
      hostname: url.hostname,
      ...(url.port === '' ? {} : { port: Number(url.port) }),
      path: '/',
      query: {},
      headers: {
        host: url.host,
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': 'AmazonSSM.GetParameter',
      },
      body,
    },
    { signingDate },
  );
  return { url: url.href, headers };
}

function endpointOf(region: string): string {
  const suffix = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
  return (
    process.env['AWS_ENDPOINT_URL_SSM'] ??
    process.env['AWS_ENDPOINT_URL'] ??
    `https://ssm.${region}.${suffix}`
  );
}
