/**
 * MLflow's REST API over the tracking store: one function from a request to its answer, without a server around it.
 * Facts of the wire (codes, texts, defaults, limits) are those of MLflow 3.11.
 */
import type { Limits } from './endpoint';
import type { HttpRequest, HttpResponse } from './http';
import { errorResponse, jsonBody, jsonResponse } from './json-http';
import { MlflowError, mlflowError } from './mlflow-error';
import { route } from './router';
import { queryMessage, readMessage } from './wire/read-message';

export interface HandleOptions extends Limits {
  /** Who asks: an ARN or a name. @default 'mlflow' */
  readonly by?: string;
  /** Told about failures that are not the client's. @default they are only answered */
  readonly onFailure?: (error: Error) => void;
}

/** Never throws: every failure is an answer. */
export async function handleRequest(
  request: HttpRequest,
  options: HandleOptions = {},
): Promise<HttpResponse> {
  try {
    return await answer(request, options);
  } catch (thrown) {
    const error = mlflowError(thrown);
    if (error.status >= 500) options.onFailure?.(error);
    return errorResponse(error);
  }
}

async function answer(request: HttpRequest, options: HandleOptions): Promise<HttpResponse> {
  const target = route(request.method, request.path);
  if (target === undefined) {
    throw new MlflowError(
      'ENDPOINT_NOT_FOUND',
      `There is no endpoint ${request.method} ${request.path} here: see docs/mlflow.md for those that are.`,
    );
  }
  if (target.kind === 'raw') return target.endpoint.handle(request, target.parameters, options);
  const { fields, handle } = target.endpoint;
  const source = request.method === 'GET' ? queryMessage(fields, request.query) : await jsonBody(request);
  const message = readMessage(fields, { ...source, ...target.parameters });
  return jsonResponse(200, await handle(message, { by: options.by ?? 'mlflow' }));
}
