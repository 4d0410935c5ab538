/** The console in an account: its page, its API and the sign-in, behind an HTTP API of API Gateway (payload format 2.0). */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { CognitoJwtVerifier } from 'aws-jwt-verify';
import { parseCatalogue, type Catalogue } from '../../lib/console/catalogue';
import { serveInAccount, type AccountConsole } from '../../lib/console/serve-in-account';
import { readSignInSettings } from '../../lib/console/sign-in/settings';
import { readBytes, type HttpRequest } from '../../lib/mlflow/http';
import { queryOf } from '../../lib/mlflow/query';

/** Beside the bundle lie what the synthesis said of the pipelines, and the page. */
const WEB = join(__dirname, 'web');

let catalogue: Catalogue | undefined;
let account: Promise<AccountConsole> | undefined;

export async function handler(event: APIGatewayProxyEventV2): Promise<APIGatewayProxyStructuredResultV2> {
  account ??= connect();
  const { status, headers, body } = await serveInAccount(requestOf(event), await account);
  const { 'set-cookie': cookies, ...others } = headers;
  const result = {
    statusCode: status,
    headers: others,
    ...(cookies === undefined ? {} : { cookies: cookies.split('\n') }),
  };
  if (typeof body === 'string') return { ...result, body };
  return { ...result, body: (await readBytes(body)).toString('base64'), isBase64Encoded: true };
}

async function connect(): Promise<AccountConsole> {
  const settings = await readSignInSettings(process.env['MILLRACE_CONSOLE_SIGN_IN'] ?? '');
  const verifier = CognitoJwtVerifier.create({
    userPoolId: settings.userPoolId,
    clientId: settings.clientId,
    tokenUse: 'id',
  });
  return {
    web: JSON.parse(readFileSync(join(WEB, 'files.json'), 'utf8')) as AccountConsole['web'],
    readFile: (path) => readFileSync(join(WEB, path)),
    catalogue: async () =>
      (catalogue ??= parseCatalogue(readFileSync(join(__dirname, 'millrace.json'), 'utf8'))),
    now: () => new Date(),
    onFailure: (error) => {
      console.error(JSON.stringify({ level: 'ERROR', message: error.message, stack: error.stack }));
    },
    signIn: {
      settings,
      verify: async (token) => {
        const claims = await verifier.verify(token);
        const { email, 'cognito:username': user } = claims;
        return {
          name: typeof email === 'string' ? email : String(user),
          groups: claims['cognito:groups'] ?? [],
        };
      },
      post: async (url, form) => {
        const response = await fetch(url, { method: 'POST', body: form });
        return { status: response.status, body: await response.json().catch(() => null) };
      },
    },
  };
}

function requestOf(event: APIGatewayProxyEventV2): HttpRequest {
  return {
    method: event.requestContext.http.method,
    path: event.rawPath,
    query: queryOf(new URLSearchParams(event.rawQueryString)),
    headers: {
      ...event.headers,
      // API Gateway takes the cookies out of the headers.
      ...(event.cookies === undefined ? {} : { cookie: event.cookies.join('; ') }),
    },
    body: Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8'),
  };
}
