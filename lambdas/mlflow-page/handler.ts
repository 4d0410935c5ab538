/** MLflow's own page in an account: its files, its API and the sign-in, behind an HTTP API of API Gateway (payload format 2.0). */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { logFailure, requestOf, resultOf } from '../../lib/console/account-http';
import { serveMlflowPage, type AccountPage } from '../../lib/console/mlflow-page/serve-page';
import { cognitoPorts } from '../../lib/console/sign-in/cognito-ports';
import { readTrackingPermissions } from '../../lib/model/tracking-permissions';

/** Beside the bundle lie the page, and the permissions where the stage has some. */
const PAGE = join(__dirname, 'page');
const PERMISSIONS = process.env['MILLRACE_MLFLOW_PERMISSIONS'];

let page: Promise<AccountPage> | undefined;

export async function handler(event: APIGatewayProxyEventV2): Promise<APIGatewayProxyStructuredResultV2> {
  page ??= connect().catch((error: unknown) => {
    page = undefined;
    throw error;
  });
  return resultOf(await serveMlflowPage(requestOf(event), await page));
}

/** @throws when a file that belongs to it cannot be read: then nobody is let in */
async function connect(): Promise<AccountPage> {
  return {
    files: JSON.parse(readFileSync(join(PAGE, 'files.json'), 'utf8')) as AccountPage['files'],
    readCompressed: (path) => readFileSync(join(PAGE, `${path}.gz`)),
    ...(PERMISSIONS === undefined
      ? {}
      : { permissions: readTrackingPermissions(readFileSync(join(__dirname, PERMISSIONS), 'utf8')) }),
    onFailure: logFailure,
    signIn: await cognitoPorts(process.env['MILLRACE_CONSOLE_SIGN_IN'] ?? ''),
  };
}
