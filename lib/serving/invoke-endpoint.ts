/** Asks an endpoint through the deployed function, as API Gateway does. */
import { InvokeCommand } from '@aws-sdk/client-lambda';
import { lambdaClient } from '../aws/clients/lambda';
import { resourceNames } from '../aws/environment';

export interface EndpointAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
  /** Time until the answer was there. */
  readonly milliseconds: number;
}

export interface EndpointRequest {
  readonly endpoint: string;
  readonly action: 'predict' | 'invocations' | 'ping' | 'version';
  /** A text is sent as it is. */
  readonly body?: unknown;
  /** Whom to ask, whatever the shares of traffic. @default the shares decide */
  readonly target?: 'stable' | 'candidate';
  readonly id: string;
}

/** @throws Error when the function itself fails */
export async function invokeEndpoint(request: EndpointRequest): Promise<EndpointAnswer> {
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
  const { Payload, FunctionError } = await lambdaClient().send(
    new InvokeCommand({
      FunctionName: `millrace-${resourceNames().stage}-serve-model`,
      Qualifier: 'live',
      Payload: Buffer.from(JSON.stringify(event)),
    }),
  );
  const milliseconds = performance.now() - started;
  const text = Buffer.from(Payload ?? []).toString('utf8');
  if (FunctionError !== undefined) throw new Error(`The serving function failed: ${text.slice(0, 500)}`);
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
