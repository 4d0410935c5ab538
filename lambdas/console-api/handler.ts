/** The console in an account: its page, its API and the sign-in, behind an HTTP API of API Gateway (payload format 2.0). */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { logFailure, requestOf, resultOf } from '../../lib/console/account-http';
import { parseCatalogue, type Catalogue } from '../../lib/console/catalogue';
import { serveInAccount, type AccountConsole } from '../../lib/console/serve-in-account';
import { cognitoPorts } from '../../lib/console/sign-in/cognito-ports';

/** Beside the bundle lie what the synthesis said of the pipelines, their machines and files, and the page. */
const WEB = join(__dirname, 'web');

let catalogue: Catalogue | undefined;
let account: Promise<AccountConsole> | undefined;

export async function handler(event: APIGatewayProxyEventV2): Promise<APIGatewayProxyStructuredResultV2> {
  account ??= connect().catch((error: unknown) => {
    account = undefined;
    throw error;
  });
  return resultOf(await serveInAccount(requestOf(event), await account));
}

function known(): Catalogue {
  return (catalogue ??= parseCatalogue(readFileSync(join(__dirname, 'millrace.json'), 'utf8')));
}

function textsIn(file: string): Readonly<Record<string, string>> {
  return JSON.parse(readFileSync(join(__dirname, file), 'utf8')) as Record<string, string>;
}

async function connect(): Promise<AccountConsole> {
  return {
    web: JSON.parse(readFileSync(join(WEB, 'files.json'), 'utf8')) as AccountConsole['web'],
    readFile: (path) => readFileSync(join(WEB, path)),
    catalogue: async () => known(),
    working: async () => ({
      of: 'console',
      catalogue: known(),
      definitions: new Map(Object.entries(textsIn('definitions.json'))),
    }),
    source: async (file) => textsIn('sources.json')[file],
    now: () => new Date(),
    onFailure: logFailure,
    signIn: await cognitoPorts(process.env['MILLRACE_CONSOLE_SIGN_IN'] ?? ''),
  };
}
