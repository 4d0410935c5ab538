/**
 * How the handler of a task runs in a container: fetches its bundle and its event, calls it as Lambda would, and leaves the
 * result behind. Given to `node -e`, so it stays small and loads nothing but Node.
 */
import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Context } from 'aws-lambda';
import { signedUrl } from '../../aws/sign-url';
import type { TaskEvent, TaskResult } from '../../model/envelope';
import type { HandlerInput, HandlerOutput } from '../../model/job';
import { containerCredentials } from './container-credentials';
import { unzip } from './unzip';

type Handler = (event: TaskEvent, context: Context) => Promise<TaskResult>;

const EXPIRES_SECONDS = 300;

/** Returns the exit code. */
export async function runHandler(env: NodeJS.ProcessEnv): Promise<number> {
  const started = Date.now();
  const input = JSON.parse(
    (await get(required(env, 'MILLRACE_INPUT_URI'), env)).toString('utf8'),
  ) as HandlerInput;
  Object.assign(env, input.environment);
  let output: HandlerOutput;
  try {
    const { handler } = await load(input, env);
    output = { result: await handler(input.event, contextOf(input, started)) };
  } catch (thrown) {
    const { name, message } = thrown instanceof Error ? thrown : { name: 'Error', message: String(thrown) };
    output = { error: { name, message } };
  }
  await put(required(env, 'MILLRACE_OUTPUT_URI'), JSON.stringify(output), env);
  return 'error' in output ? 1 : 0;
}

/** On this machine the bundle is a file, and what is native is installed; else both are fetched. */
async function load(
  { bundle, layer }: HandlerInput,
  env: NodeJS.ProcessEnv,
): Promise<{ readonly handler: Handler }> {
  const local = env['MILLRACE_BUNDLE_FILE'];
  const folder = await mkdtemp(join(tmpdir(), 'millrace-'));
  // A layer brings `nodejs/node_modules`, where a file beside it looks first.
  const file = join(folder, 'nodejs', 'index.js');
  if (local === undefined && layer !== undefined) await unzip(await get(layer, env), folder);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, local === undefined ? await get(bundle, env) : await readFile(local));
  return createRequire(file)(file) as { readonly handler: Handler };
}

/** What Lambda would tell of the invocation. */
function contextOf({ event, job, timeoutSeconds, memoryMb }: HandlerInput, started: number): Context {
  const name = `${event.run.pipeline}-${event.task}`;
  return {
    callbackWaitsForEmptyEventLoop: false,
    functionName: name,
    functionVersion: '$LATEST',
    invokedFunctionArn: name,
    memoryLimitInMB: String(memoryMb),
    awsRequestId: job,
    logGroupName: '',
    logStreamName: job,
    getRemainingTimeInMillis: () => started + timeoutSeconds * 1000 - Date.now(),
    done: () => {},
    fail: () => {},
    succeed: () => {},
  };
}

async function get(uri: string, env: NodeJS.ProcessEnv): Promise<Buffer> {
  const response = await fetch(await urlOf('GET', uri, env));
  if (!response.ok) throw new Error(`${uri} cannot be read: ${response.status} ${await response.text()}`);
  return Buffer.from(await response.arrayBuffer());
}

async function put(uri: string, body: string, env: NodeJS.ProcessEnv): Promise<void> {
  const response = await fetch(await urlOf('PUT', uri, env), { method: 'PUT', body });
  if (!response.ok) throw new Error(`${uri} cannot be written: ${response.status} ${await response.text()}`);
}

async function urlOf(method: 'GET' | 'PUT', uri: string, env: NodeJS.ProcessEnv): Promise<string> {
  const [, , bucket = '', ...key] = uri.split('/');
  const region = required(env, 'AWS_REGION');
  const endpoint = env['AWS_ENDPOINT_URL'];
  return signedUrl({
    method,
    bucket,
    key: key.join('/'),
    folder: endpoint === undefined ? `https://${bucket}.s3.${region}.amazonaws.com` : `${endpoint}/${bucket}`,
    expiresInSeconds: EXPIRES_SECONDS,
    region,
    // Asked for each time: those of the beginning of a long task have expired at its end.
    credentials: await containerCredentials(env, region),
    now: new Date(),
  });
}

function required(env: NodeJS.ProcessEnv, name: string): string {
  const value = env[name];
  if (value === undefined)
    throw new Error(`The variable ${name} is missing: this is no container of a task.`);
  return value;
}
