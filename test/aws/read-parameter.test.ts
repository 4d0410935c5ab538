/** The request for a parameter is what the client of SSM itself sends. */
import { GetParameterCommand, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { readParameter, signed } from '../../lib/aws/read-parameter';
import { startLocalAws, type LocalAws } from '../support/local-aws';

let aws: LocalAws;
beforeAll(async () => {
  aws = await startLocalAws();
});
afterAll(async () => aws.stop());
afterEach(() => jest.restoreAllMocks());

it('is signed as the client signs it, over the same headers', async () => {
  const client = new SSMClient({});
  let sent: Record<string, string> = {};
  client.middlewareStack.add(
    (next) => async (args) => {
      sent = (args.request as { headers: Record<string, string> }).headers;
      return next(args);
    },
    { step: 'finalizeRequest', priority: 'low', name: 'listen' },
  );
  const Name = '/millrace-test/variables/none';
  await client.send(new GetParameterCommand({ Name, WithDecryption: true })).catch(() => {});
  client.destroy();
  const date = String(sent['x-amz-date']);
  const at = new Date(date.replace(/(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z/, '$1-$2-$3T$4:$5:$6Z'));
  const { headers } = await signed(JSON.stringify({ Name, WithDecryption: true }), at);
  expect(headers['x-amz-date']).toBe(date);
  expect(headers['x-amz-content-sha256']).toBe(sent['x-amz-content-sha256']);
  expect(headers['x-amz-target']).toBe(sent['x-amz-target']);
  const scope = (authorization: string | undefined) => /Credential=([^,]+)/.exec(authorization ?? '')?.[1];
  expect(scope(headers['authorization'])).toBe(scope(sent['authorization']));
});

it('gives a value with its letters, nothing for what is not there, and asks again when it is throttled', async () => {
  const client = new SSMClient({});
  await client.send(new PutParameterCommand({ Name: '/a/b', Value: 'grün "x"', Type: 'String' }));
  client.destroy();
  expect(await readParameter('/a/b')).toBe('grün "x"');
  expect(await readParameter('/a/none')).toBeUndefined();
  const answers = [
    new Response('{"__type":"ThrottlingException","message":"Rate exceeded"}', { status: 400 }),
    new Response('oops', { status: 503 }),
    new Response('{"Parameter":{"Value":"v"}}'),
  ];
  jest.spyOn(globalThis, 'fetch').mockImplementation(async () => answers.shift() ?? new Response('{}'));
  expect(await readParameter('/a/b')).toBe('v');
  answers.push(
    new Response('{"__type":"com.amazonaws.ssm#AccessDeniedException","message":"no"}', { status: 400 }),
  );
  await expect(readParameter('/a/b')).rejects.toThrow('AccessDeniedException no');
});
