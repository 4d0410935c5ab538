/**
 * MLflow's page as an account has it, on a port of this machine: what CloudFront, API Gateway and the function do, without
 * them. An operator has signed in: their token is in every request, and it is what the stub of the user pool takes.
 */
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { bundlePage } from '../../../lib/console/mlflow-page/bundle-page';
import { serveMlflowPage, type AccountPage } from '../../../lib/console/mlflow-page/serve-page';
import { readBytes } from '../../../lib/mlflow/http';
import { queryOf } from '../../../lib/mlflow/query';

/** @param folder where the page is */
export async function startAccountSite(
  folder: string,
): Promise<{ readonly url: string; readonly stop: () => Promise<void> }> {
  const files = bundlePage(folder, folder);
  const page: AccountPage = {
    files,
    readCompressed: (path) => files.find((file) => file.path === path)?.compressed ?? new Uint8Array(),
    onFailure: (error) => process.stderr.write(`${error.stack ?? error.message}\n`),
    signIn: {
      settings: { userPoolId: 'p', clientId: 'c', domain: 'pool.invalid', operators: 'operators' },
      verify: async () => ({ name: 'ann@example.com', groups: ['operators'] }),
      post: async () => ({ status: 500, body: null }),
    },
  };
  const server = createServer((request, response) => {
    void (async () => {
      const { status, headers, body } = await serveMlflowPage(await requestOf(request), page);
      response.writeHead(status, headers).end(typeof body === 'string' ? body : await readBytes(body));
    })();
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function requestOf(request: IncomingMessage) {
  const [path = '/', query = ''] = (request.url ?? '/').split(/\?(.*)/s);
  return {
    method: request.method ?? 'GET',
    path,
    query: queryOf(new URLSearchParams(query)),
    headers: {
      ...(request.headers as Record<string, string>),
      cookie: '__Host-millrace-id=token',
    },
    body: await readBytes(request),
  };
}
