import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { containerCredentials } from '../../lib/runtime/jobs/container-credentials';

describe('credentials of a container', () => {
  const directory = mkdtempSync(join(tmpdir(), 'millrace-credentials-'));
  let server: Server;
  let url: string;
  beforeAll(async () => {
    server = createServer((request, response) => {
      const known = request.headers.authorization === 'pod-token';
      response.writeHead(known ? 200 : 403, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ AccessKeyId: 'AKID', SecretAccessKey: 'secret', Token: 'session' }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/credentials`;
  });
  afterAll(async () => {
    await new Promise((resolve) => server.close(resolve));
    rmSync(directory, { recursive: true, force: true });
  });

  it('are those of the environment when it has some', async () => {
    const env = { AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b', AWS_SESSION_TOKEN: 'c' };
    expect(await containerCredentials(env, 'us-east-1')).toEqual({
      accessKeyId: 'a',
      secretAccessKey: 'b',
      sessionToken: 'c',
    });
  });

  it('are asked for with the token that lies in a file, as on EKS', async () => {
    const file = join(directory, 'token');
    writeFileSync(file, 'pod-token\n');
    const env = { AWS_CONTAINER_CREDENTIALS_FULL_URI: url, AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: file };
    expect(await containerCredentials(env, 'us-east-1')).toEqual({
      accessKeyId: 'AKID',
      secretAccessKey: 'secret',
      sessionToken: 'session',
    });
    await expect(
      containerCredentials({ AWS_CONTAINER_CREDENTIALS_FULL_URI: url }, 'us-east-1'),
    ).rejects.toThrow('answers 403 instead of with credentials');
  });

  it('are missed by name', async () => {
    await expect(containerCredentials({}, 'us-east-1')).rejects.toThrow(
      'The container has no AWS credentials',
    );
  });
});
