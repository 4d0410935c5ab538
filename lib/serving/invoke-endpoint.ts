/** Asks an endpoint through the deployed function, as API Gateway does. */
import { InvokeCommand } from '@aws-sdk/client-lambda';
import { lambdaClient } from '../aws/clients/lambda';
import { resourceNames } from '../aws/environment';
import { findEndpoint } from './endpoint';
import type { EndpointAnswer, EndpointRequest } from './endpoint-request';
import { standsIn } from './targets/stand-in';

/** The function of the stage, or the versions where they run. @throws Error when the function itself fails */
export async function invokeEndpoint(request: EndpointRequest): Promise<EndpointAnswer> {
  const target = (await findEndpoint(request.endpoint))?.target;
  if (target === undefined || standsIn(target)) return askFunction(request);
  const text = await invoke('sync-endpoints', undefined, { action: 'ask', request });
  return JSON.parse(text) as EndpointAnswer;
}

async function askFunction(request: EndpointRequest): Promise<EndpointAnswer> {
  const { endpoint, action, body, target, id } = request;
  const path = `/endpoints/${endpoint}/${action}`;
  const method = body === undefined ? 'GET' : 'POST';
  const event = {
    version: '2.0',
    routeKey: '$default',
    rawPath: path,
    rawQueryString: '',
    headers: {
      'content-type': 'application/json',
      'x-request-id': id,
      ...(target === undefined ? {} : { 'x-millrace-target': target }),
    },
    requestContext: { http: { method, path }, stage: '$default', requestId: id },
    body: body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body),
    isBase64Encoded: false,
  };
  const started = performance.now();
  const text = await invoke('serve-model', 'live', event);
  const milliseconds = performance.now() - started;
  const answer = JSON.parse(text) as {
    statusCode: number;
    headers?: Readonly<Record<string, string>>;
    body?: string;
  };
  return {
    status: answer.statusCode,
    headers: answer.headers ?? {},
    body: JSON.parse(answer.body ?? 'null') as unknown,
    milliseconds,
  };
}

async function invoke(name: string, Qualifier: string | undefined, payload: object): Promise<string> {
  const { Payload, FunctionError } = await lambdaClient().send(
    new InvokeCommand({
      FunctionName: `millrace-${resourceNames().stage}-${name}`,
      ...(Qualifier === undefined ? {} : { Qualifier }),
      Payload: Buffer.from(JSON.stringify(payload)),
    }),
  );
  const text = Buffer.from(Payload ?? []).toString('utf8');
  if (FunctionError !== undefined) throw new Error(`The function ${name} failed: ${text.slice(0, 500)}`);
  return text;
}
