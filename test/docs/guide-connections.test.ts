/** The example of docs/guides/variables-and-connections.md, as it stands there, against a server with Google's JSON API. */
import { generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import type { RunView } from '../../lib/cli/run-view';
import { millraceIn, ROOT } from '../support/millrace';
import { temporaryProject } from '../support/temporary-project';

const guide = readFileSync(join(ROOT, 'docs', 'guides', 'variables-and-connections.md'), 'utf8');
const files = Object.fromEntries(
  [...guide.matchAll(/```ts\n\/\/ (\S+)\n([\s\S]*?)```/g)].map(([, file = '', code = '']) => [
    file,
    // A test does not wait for a minute.
    code.replace('minutes(1)', '5').replace(', minutes', ''),
  ]),
);

describe('docs/guides/variables-and-connections.md', () => {
  const project = temporaryProject(files);
  const millrace = millraceIn(project.root, project.state);
  const asked: string[] = [];
  let server: Server;
  let endpoint: string;

  beforeAll(async () => {
    server = createServer((request, response) => {
      const url = request.url ?? '';
      const json = (status: number, body: object) => {
        response.writeHead(status, { 'content-type': 'application/json' });
        response.end(JSON.stringify(body));
      };
      request.resume();
      if (url === '/token') return json(200, { access_token: 'ya29' });
      if (request.headers.authorization !== 'Bearer ya29') return json(401, {});
      const name = decodeURIComponent(url.split('/o/')[1] ?? '');
      asked.push(name);
      // It arrives between the first question and the second.
      return asked.length === 1
        ? json(404, { error: { message: `No such object: my-lake/${name}` } })
        : json(200, { bucket: 'my-lake', name, size: '42', updated: '2026-11-21T06:00:00Z', etag: 'e' });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    endpoint = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    project.write(
      'key.json',
      JSON.stringify({
        client_email: 'etl@project.iam.gserviceaccount.com',
        private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
        token_uri: `${endpoint}/token`,
      }),
    );
  });
  afterAll(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    project.remove();
  });

  it('waits for an object in Google Cloud Storage, in the folder that a variable names', async () => {
    const key = `serviceAccount=@${join(project.root, 'key.json')}`;
    const set = ['bucket=my-lake', key, `endpoint=${endpoint}`];
    expect((await millrace('connections', 'set', 'lake', 'google-cloud-storage', ...set)).code).toBe(0);
    expect((await millrace('variables', 'set', 'export-folder', 'in')).code).toBe(2);
    expect((await millrace('variables', 'set', 'export-folder', 'in/')).code).toBe(0);
    const { code, value } = await millrace.json('run', 'daily-export');
    const run = value as RunView;
    const name = `in/${run.logicalDate.slice(0, 10)}.csv`;
    expect([code, run.result]).toEqual([0, { name, bytes: 42 }]);
    expect(asked).toEqual([name, name]);
  }, 240_000);
});
