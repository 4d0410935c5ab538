/**
 * MLflow's REST API over the tracking store: one function from a request to its answer, without a server around it.
 * Facts of the wire (codes, texts, defaults, limits) are those of MLflow 3.11.
 */
import { includes, type Access } from './access/access';
import { permitted } from './access/permit';
import type { Endpoint, Limits } from './endpoint';
import type { HttpRequest, HttpResponse } from './http';
import { errorResponse, jsonBody, jsonResponse } from './json-http';
import { MlflowError, mlflowError } from './mlflow-error';
import { withNamedToken, withOwnToken } from './query-tokens';
import { ENDPOINTS, route } from './router';
import { required, string } from './wire/fields';
import { queryMessage, readMessage } from './wire/read-message';

export interface HandleOptions extends Limits {
  /** Who asks: an ARN or a name. @default 'mlflow' */
  readonly by?: string;
  /** What the caller may do. @default everything */
  readonly access?: Access | undefined;
  /** Filters may have OR and parentheses, which MLflow refuses. @default whether MILLRACE_MLFLOW_OR_FILTERS is `true` */
  readonly orFilters?: boolean;
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

const GRAPHQL = /^\/(?:ajax-api\/2\.0\/mlflow\/)?graphql$/;

async function answer(request: HttpRequest, options: HandleOptions): Promise<HttpResponse> {
  if (request.method === 'POST' && GRAPHQL.test(request.path)) return graphql(request, options);
  const target = route(request.method, request.path);
  if (target === undefined) {
    throw new MlflowError(
      'ENDPOINT_NOT_FOUND',
      `There is no endpoint ${request.method} ${request.path} here: see docs/mlflow.md for those that are.`,
    );
  }
  if (target.kind === 'raw') {
    const { endpoint, parameters } = target;
    await permitted(options.access, endpoint, { ...firstOf(request.query), ...parameters });
    return endpoint.handle(request, parameters, options);
  }
  const { fields, body } = target.endpoint;
  const source =
    request.method === 'GET' ? queryMessage(fields, request.query) : await jsonBody(request, body);
  const message = readMessage(fields, { ...source, ...target.parameters });
  return jsonResponse(200, await perform(target.endpoint, message, options));
}

async function perform(
  { handle, method, path }: Endpoint,
  message: Parameters<Endpoint['handle']>[0],
  { access, by = 'mlflow', orFilters = process.env['MILLRACE_MLFLOW_OR_FILTERS'] === 'true' }: HandleOptions,
): Promise<object> {
  // Several methods of an endpoint are spellings of one thing.
  const [first = 'GET'] = [method].flat();
  const allowed = await permitted(access, { method: first, path }, message);
  const answered = await handle(withOwnToken(path, allowed), {
    by,
    orFilters,
    mayRead: (kind, name) => access === undefined || includes(access.permission(kind, name), 'READ'),
  });
  return withNamedToken(path, allowed, answered);
}

/** Values of a query as raw endpoints read them. */
function firstOf(query: HttpRequest['query']): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(query).map(([name, values]) => [name, values[0]]));
}

/** Loaded with the first query: only MLflow's page has some. */
async function graphql(request: HttpRequest, options: HandleOptions): Promise<HttpResponse> {
  const body = await jsonBody(request);
  const { query, operationName } = readMessage({ query: required(string), operationName: string }, body);
  const { answerQuery } = require('./graphql/answer-query') as typeof import('./graphql/answer-query');
  const answered = await answerQuery(
    { query, operationName, variables: Object(body['variables']) as Record<string, unknown> },
    ENDPOINTS,
    (endpoint, message) => perform(endpoint, message, options),
  );
  return { status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(answered) };
}
