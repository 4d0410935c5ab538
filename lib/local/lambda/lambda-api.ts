/** The API of Lambda over HTTP, as far as SDKs ask it here: functions, their configuration, invocations. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { AwsError } from '../service';
import type { FunctionConfig } from './function-config';
import type { InvocationResult } from './worker';

/** What answers. */
export interface Functions {
  all(): readonly FunctionConfig[];
  /** By name or ARN. @throws AwsError ResourceNotFoundException */
  require(nameOrArn: string): FunctionConfig;
  invoke(nameOrArn: string, payload: string): Promise<InvocationResult>;
  /** Without anybody who waits for it. */
  invokeLater(nameOrArn: string, payload: string): void;
}

export async function serveLambda(
  functions: Functions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { pathname } = new URL(request.url ?? '/', 'http://lambda');
  try {
    const match = /^\/2015-03-31\/functions(?:\/([^/]+)(\/[\w-]+)?)?\/?$/.exec(decodeURIComponent(pathname));
    if (match === null) throw new AwsError('ResourceNotFoundException', `No such path: ${pathname}`, 404);
    const [, name, action] = match;
    if (name === undefined)
      return answer(response, 200, {
        Functions: functions.all().map(describe),
      });
    if (request.method === 'POST' && action === '/invocations')
      return await invokeOverHttp(functions, name, request, response);
    const config = functions.require(name);
    if (action === '/configuration') return answer(response, 200, describe(config));
    if (action === undefined && request.method === 'GET')
      return answer(response, 200, { Configuration: describe(config), Code: { RepositoryType: 'S3' } });
    throw new AwsError(
      'InvalidRequestContentException',
      `Not served here: ${request.method ?? ''} ${pathname}`,
      400,
    );
  } catch (error) {
    const known =
      error instanceof AwsError
        ? error
        : new AwsError('ServiceException', error instanceof Error ? error.message : String(error), 500);
    answer(
      response,
      known.status,
      { Type: 'User', Message: known.message, message: known.message },
      { 'x-amzn-errortype': known.code },
    );
  }
}

async function invokeOverHttp(
  functions: Functions,
  name: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const payload = Buffer.concat(chunks).toString('utf8') || '{}';
  try {
    JSON.parse(payload);
  } catch {
    throw new AwsError('InvalidRequestContentException', 'Could not parse request body into json', 400);
  }
  functions.require(name);
  const type = request.headers['x-amz-invocation-type'] ?? 'RequestResponse';
  if (type === 'DryRun') return answer(response, 204, undefined);
  if (type === 'Event') {
    functions.invokeLater(name, payload);
    return answer(response, 202, undefined);
  }
  const result = await functions.invoke(name, payload);
  response.writeHead(200, {
    'content-type': 'application/json',
    'x-amz-executed-version': '$LATEST',
    ...(result.functionError === undefined ? {} : { 'x-amz-function-error': result.functionError }),
    'content-length': Buffer.byteLength(result.payload),
  });
  response.end(result.payload);
}

function describe(config: FunctionConfig): object {
  return {
    FunctionName: config.name,
    FunctionArn: config.arn,
    Runtime: config.runtime,
    Role: config.roleArn,
    Handler: config.handler,
    Timeout: config.timeoutSeconds,
    MemorySize: config.memoryMb,
    Version: config.version === undefined ? '$LATEST' : String(config.version),
    State: 'Active',
    PackageType: 'Zip',
    Environment: { Variables: config.environment },
    LoggingConfig: { LogGroup: config.logGroup },
  };
}

export function answer(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  const text = body === undefined ? '' : JSON.stringify(body);
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
    ...headers,
  });
  response.end(text);
}
