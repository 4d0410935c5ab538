/** Asks a version where it runs: SageMaker by the name of its variant, the others by their address and a header. */
import { InvokeEndpointCommand, ModelError } from '@aws-sdk/client-sagemaker-runtime';
import { sagemakerRuntimeClient } from '../../aws/clients/sagemaker-runtime';
import { getEndpoint, type Endpoint } from '../endpoint';
import type { EndpointAnswer, EndpointRequest } from '../endpoint-request';
import { targetName } from './target-names';

const PATIENCE_MS = 30_000;

/** @throws Error when nothing answers; NoSuchEndpoint */
export async function invokeTarget(request: EndpointRequest, stage: string): Promise<EndpointAnswer> {
  const state = await getEndpoint(request.endpoint);
  const { target } = state;
  if (target === undefined) throw new Error(`The endpoint '${request.endpoint}' has no target.`);
  const started = performance.now();
  const answer =
    target.kind === 'sagemaker'
      ? await askVariant(request, state, stage)
      : await askAddress(request, target.url);
  return { ...answer, milliseconds: performance.now() - started };
}

type Answer = Omit<EndpointAnswer, 'milliseconds'>;

async function askVariant(
  { endpoint, action, body, target, id }: EndpointRequest,
  state: Endpoint,
  stage: string,
): Promise<Answer> {
  const version =
    target === 'candidate' ? state.candidate?.version : target === 'stable' ? state.stable : undefined;
  if (target === 'candidate' && version === undefined)
    return { status: 404, headers: {}, body: { error: `The endpoint '${endpoint}' has no candidate.` } };
  try {
    const { Body } = await sagemakerRuntimeClient().send(
      new InvokeEndpointCommand({
        EndpointName: targetName({ stage, endpoint }),
        ContentType: 'application/json',
        InferenceId: id,
        // SageMaker knows one path; the server takes the others from this header.
        CustomAttributes: `millrace-action=${action}`,
        Body: body === undefined ? '{}' : textOf(body),
        ...(version === undefined || version === null ? {} : { TargetVariant: `v${version}` }),
      }),
    );
    return { status: 200, headers: {}, body: parsed(Buffer.from(Body).toString('utf8')) };
  } catch (error) {
    if (!(error instanceof ModelError) || error.OriginalStatusCode === undefined) throw error;
    return { status: error.OriginalStatusCode, headers: {}, body: parsed(error.OriginalMessage ?? '') };
  }
}

async function askAddress(
  { endpoint, action, body, target, id }: EndpointRequest,
  url: string,
): Promise<Answer> {
  const answer = await fetch(`${url.replace(/\/$/, '')}/endpoints/${endpoint}/${action}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: {
      'content-type': 'application/json',
      'x-request-id': id,
      ...(target === undefined ? {} : { 'x-millrace-target': target }),
    },
    ...(body === undefined ? {} : { body: textOf(body) }),
    signal: AbortSignal.timeout(PATIENCE_MS),
  });
  return {
    status: answer.status,
    headers: Object.fromEntries(answer.headers),
    body: parsed(await answer.text()),
  };
}

function textOf(body: unknown): string {
  return typeof body === 'string' ? body : JSON.stringify(body);
}

/** A load balancer without a version behind it does not answer in JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return { error: text.slice(0, 500) };
  }
}
