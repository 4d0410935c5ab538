/** Images built in the account, against a service that speaks CodeBuild's protocol, and pushed to a registry. */
import '../support/quiet-telemetry';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { handler as buildContainer } from '../../lambdas/build-container/handler';
import { handler as buildImage } from '../../lambdas/build-image/handler';
import { handler as pushImage } from '../../lambdas/push-image/handler';
import { s3Client } from '../../lib/aws/clients/s3';
import { ObjectStore } from '../../lib/aws/object-store';
import { writeParameter } from '../../lib/aws/parameters';
import { connectionPlace } from '../../lib/connections/places';
import { getVersion } from '../../lib/tracking/model-versions';
import { startLocalAws, type LocalAws } from '../support/local-aws';
import { registerCreditModel } from '../support/registered-model';
import { lambdaContext, taskEvent } from '../support/task-event';

interface Started {
  readonly projectName: string;
  readonly idempotencyToken: string;
  readonly environmentVariablesOverride: readonly { name: string; value: string; type: string }[];
}

const IMAGE = `registry.example.com/models@sha256:${'a'.repeat(64)}`;
let aws: LocalAws;
let server: Server;
let objects: ObjectStore;
let image: unknown;
const started: Started[] = [];
/** What the build is, by how often one asked. */
let build: object[] = [];
let throttled = 0;
let missing = false;

beforeAll(async () => {
  aws = await startLocalAws();
  objects = new ObjectStore(s3Client(), 'millrace-test-data');
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const action = String(request.headers['x-amz-target']).replace(/^.*\./, '');
      const answer = (status: number, body: object) => {
        response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' });
        response.end(JSON.stringify(body));
      };
      if (throttled-- > 0) return answer(400, { __type: 'ThrottlingException', message: 'Rate exceeded' });
      if (missing) return answer(400, { __type: 'ResourceNotFoundException', message: 'No project' });
      if (action === 'StartBuild') {
        const asked = JSON.parse(Buffer.concat(chunks).toString('utf8')) as Started;
        // The same token is the same build.
        if (!started.some(({ idempotencyToken }) => idempotencyToken === asked.idempotencyToken))
          started.push(asked);
        return answer(200, { build: { id: `images:${asked.idempotencyToken.slice(0, 8)}` } });
      }
      return answer(200, { builds: build.length === 0 ? [] : [build.length > 1 ? build.shift() : build[0]] });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  await registerCreditModel('credit');
  const made = await buildImage(
    taskEvent({ task: 'build', runId: 'run', input: { name: 'credit', version: '1' } }),
    lambdaContext(),
  );
  image = (made as { out: unknown }).out;
}, 30_000);
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await aws.stop();
});
beforeEach(() => {
  process.env['AWS_ENDPOINT_URL_CODEBUILD'] = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  started.length = 0;
  missing = false;
});

const ask = (runId: string, more: object = {}) =>
  buildContainer(
    {
      ...taskEvent({ task: 'container', runId, input: { image, ...more } as never }),
      poke: { last: false, softFail: false },
    },
    lambdaContext(),
  ) as Promise<{
    status: string;
    out: { built: boolean; message: string; image: string | null; tags: string[] };
  }>;
const running = { id: 'images:1', buildStatus: 'IN_PROGRESS', currentPhase: 'BUILD' };
const done = {
  id: 'images:1',
  buildStatus: 'SUCCEEDED',
  exportedEnvironmentVariables: [{ name: 'IMAGE', value: IMAGE }],
};

it('the context has Dockerfile, model and server', async () => {
  const { context } = image as { context: { uri: string } };
  const names = gunzipSync(await objects.getBytes(context.uri)).toString('latin1');
  for (const name of ['Dockerfile', 'model/MLmodel', 'model/model.onnx', 'server/server.py'])
    expect(names).toContain(name);
});

it('starts one build, waits for it, and notes the image on the version', async () => {
  build = [running, running, done];
  await expect(ask('waits')).rejects.toMatchObject({
    name: 'Millrace.NotReady',
    message: expect.stringContaining('BUILD') as unknown,
  });
  await expect(ask('waits')).rejects.toMatchObject({ name: 'Millrace.NotReady' });
  const { status, out } = await ask('waits');
  expect({ status, ...out }).toMatchObject({
    status: 'success',
    built: true,
    image: IMAGE,
    tags: ['credit-v1', 'credit-20261121'],
  });
  expect(started).toHaveLength(1);
  const variables = Object.fromEntries(
    (started[0]?.environmentVariablesOverride ?? []).map(({ name, value }) => [name, value]),
  );
  expect(variables).toEqual({
    CONTEXT: (image as { context: { uri: string } }).context.uri,
    TAGS: 'credit-v1 credit-20261121',
  });
  expect((await getVersion('credit', '1')).tags['serving_image']).toBe(IMAGE);
});

it('takes another registry, whose password goes by its name alone', async () => {
  build = [done];
  const connection = { kind: 'connection', name: 'harbor', to: 'http', from: 'parameter' };
  await ask('elsewhere', { repository: 'harbor.example.com/ml/credit', connection });
  expect(started[0]?.environmentVariablesOverride).toEqual(
    expect.arrayContaining([
      { name: 'REPOSITORY', value: 'harbor.example.com/ml/credit', type: 'PLAINTEXT' },
      { name: 'LOGIN', value: '/millrace-test/connections/harbor', type: 'PARAMETER_STORE' },
    ]),
  );
});

it('is patient with a service that is throttled', async () => {
  build = [done];
  throttled = 2;
  expect((await ask('throttled')).out.built).toBe(true);
});

it('fails with what the build said, and no retry starts it again', async () => {
  build = [
    {
      id: 'images:2',
      buildStatus: 'FAILED',
      phases: [
        { phaseType: 'PRE_BUILD', phaseStatus: 'SUCCEEDED' },
        { phaseType: 'BUILD', phaseStatus: 'FAILED', contexts: [{ message: 'exit status 1: pip install' }] },
      ],
      logs: { groupName: '/millrace/test/images', streamName: 'x' },
    },
  ];
  const failing = ask('fails');
  await expect(failing).rejects.toThrow(
    /ended as FAILED at BUILD\. exit status 1: pip install Its log: \/millrace/,
  );
  await expect(ask('fails')).rejects.toThrow(/FAILED/);
  expect(started).toHaveLength(1);
  build = [{ ...done, exportedEnvironmentVariables: [] }];
  await expect(ask('without')).rejects.toThrow(/without the digest/);
});

it('says that nothing was built where nothing builds', async () => {
  missing = true;
  const { out } = await ask('no-project');
  expect(out).toMatchObject({
    built: false,
    image: null,
    message: expect.stringContaining('-c image-builds=true') as unknown,
  });
  delete process.env['AWS_ENDPOINT_URL_CODEBUILD'];
  const here = await ask('local');
  expect(here.out.message).toMatch(/^Not done here: this machine has no CodeBuild/);
  expect(here.out.built).toBe(false);
});

it('pushes the layout to a registry with the login of a connection; the version knows its digest and its reference', async () => {
  const { digest, layout, tags } = image as { digest: string; layout: string; tags: readonly string[] };
  const pushed = new Map<string, number>();
  const registry = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '', 'http://registry');
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const known =
        request.headers.authorization === `Basic ${Buffer.from('robot:secret').toString('base64')}`;
      if (request.method === 'PUT' && known) pushed.set(pathname, Buffer.concat(chunks).length);
      const status = !known ? 401 : { HEAD: 404, POST: 202, PUT: 201 }[request.method ?? ''];
      response.writeHead(status ?? 405, {
        location: '/upload/1',
        'www-authenticate': 'Basic realm="models"',
      });
      response.end();
    });
  });
  await new Promise<void>((resolve) => registry.listen(0, '127.0.0.1', resolve));
  const host = `127.0.0.1:${(registry.address() as AddressInfo).port}`;
  await writeParameter(
    connectionPlace('test', 'harbor'),
    JSON.stringify({ kind: 'http', baseUrl: `http://${host}/`, user: 'robot', password: 'secret' }),
    { secret: true, description: '' },
  );
  const connection = { kind: 'connection', name: 'harbor', to: 'http', from: 'parameter' };
  const push = async (runId: string, input: object) =>
    (
      (await pushImage(
        taskEvent({ task: 'push', runId, input: { image, ...input } as never }),
        lambdaContext(),
      )) as { out: object }
    ).out;
  const reference = `${host}/ml/credit@${digest}`;
  expect(await push('there', { repository: `http://${host}/ml/credit`, connection })).toMatchObject({
    pushed: true,
    reference: expect.stringContaining(reference) as unknown,
  });
  registry.closeAllConnections();
  registry.close();
  expect(tags).toEqual(['v1', '20261121']);
  for (const tag of tags) expect(pushed.get(`/v2/ml/credit/manifests/${tag}`)).toBeGreaterThan(100);
  const { tags: known } = await getVersion('credit', '1');
  expect(known).toMatchObject({
    image_digest: digest,
    image: expect.stringContaining(reference) as unknown,
  });
  expect(await push('nowhere', { repository: '' })).toMatchObject({
    pushed: false,
    reference: null,
    message: expect.stringContaining(
      `Not done here: no registry is named. The image lies in ${layout}`,
    ) as unknown,
  });
  const folder = layout.replace(/^s3:\/\/[^/]+\//, '');
  expect(JSON.parse(await objects.getText(`${folder}index.json`))).toMatchObject({
    manifests: [{ digest }, {}],
  });
});
