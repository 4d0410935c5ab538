/**
 * Answers GraphQL queries by the JSON endpoints: each field of Query is one of them, `experiment` and `modelVersions` of a
 * run are two more. A refusal stands in `apiError`, where the page looks for it; other failures in `errors`.
 */
import {
  buildSchema,
  execute,
  getNamedType,
  GraphQLError,
  parse,
  validate,
  type DocumentNode,
  type GraphQLFieldResolver,
  type GraphQLSchema,
} from 'graphql';
import type { Endpoint } from '../endpoint';
import { mlflowError } from '../mlflow-error';
import { readMessage } from '../wire/read-message';
import { overLimit } from './query-limits';
import { ANSWERED_BY, SCHEMA } from './schema';

export interface GraphQlRequest {
  readonly query: string;
  readonly variables?: Readonly<Record<string, unknown>> | undefined;
  readonly operationName?: string | undefined;
}

export interface GraphQlAnswer {
  readonly data: unknown;
  readonly errors: readonly { readonly message: string }[] | null;
}

/** How an endpoint is called: checks of the caller included. */
export type Perform = (endpoint: Endpoint, message: Readonly<Record<string, unknown>>) => Promise<object>;

const MAX_TOKENS = 10_000;
let schema: GraphQLSchema | undefined;

/** Never throws for a faulty query: what is wrong is in `errors`. */
export async function answerQuery(
  request: GraphQlRequest,
  endpoints: readonly Endpoint[],
  perform: Perform,
): Promise<GraphQlAnswer> {
  schema ??= buildSchema(SCHEMA);
  const document = parsed(request.query);
  if (typeof document === 'string') return refused([document]);
  const limit = overLimit(document);
  if (limit !== undefined) return refused([limit]);
  const faults = validate(schema, document);
  if (faults.length > 0) return refused(faults.map(({ message }) => message));
  const { data, errors = [] } = await execute({
    schema,
    document,
    variableValues: request.variables,
    operationName: request.operationName,
    fieldResolver: resolver(endpoints, perform),
  });
  return {
    data: data ?? null,
    errors: errors.length === 0 ? null : errors.map(({ message }) => ({ message })),
  };
}

function parsed(query: string): DocumentNode | string {
  try {
    return parse(query, { maxTokens: MAX_TOKENS });
  } catch (error) {
    if (error instanceof GraphQLError) return error.message;
    throw error;
  }
}

function refused(messages: readonly string[]): GraphQlAnswer {
  return { data: null, errors: messages.map((message) => ({ message })) };
}

interface RunJson {
  readonly info: { readonly run_id: string; readonly experiment_id: string };
}

function resolver(endpoints: readonly Endpoint[], perform: Perform): GraphQLFieldResolver<unknown, unknown> {
  const call = async <T>(path: string, input: Readonly<Record<string, unknown>>): Promise<T> => {
    const endpoint = endpoints.find((candidate) => candidate.path === path);
    if (endpoint === undefined) throw new Error(`There is no endpoint ${path} to answer with.`);
    return (await perform(endpoint, readMessage(endpoint.fields, input))) as T;
  };
  return async (source, { input }: { input?: Readonly<Record<string, unknown>> }, _context, info) => {
    const { fieldName, parentType, returnType } = info;
    if (parentType.name === 'Query' || parentType.name === 'Mutation')
      return orApiError(() => call(ANSWERED_BY[fieldName] ?? fieldName, withoutNull(input)));
    if (parentType.name === 'MlflowRun' && fieldName === 'experiment') {
      const { experiment_id } = (source as RunJson).info;
      return (await call<{ experiment: object }>('experiments/get', { experiment_id })).experiment;
    }
    if (parentType.name === 'MlflowRun' && fieldName === 'modelVersions') {
      const filter = `run_id='${(source as RunJson).info.run_id}'`;
      return (await call<{ model_versions: object[] }>('model-versions/search', { filter })).model_versions;
    }
    const record = source as Readonly<Record<string, unknown>>;
    return scalar(record[fieldName] ?? record[snakeCase(fieldName)], getNamedType(returnType).name);
  };
}

/** A refusal as the page reads it. What the client is not to blame for goes on. */
async function orApiError(answer: () => Promise<object>): Promise<object> {
  try {
    return await answer();
  } catch (thrown) {
    const { status, code, message } = mlflowError(thrown);
    if (status >= 500) throw thrown;
    return { apiError: { code, message } };
  }
}

/** GraphQL's numbers are finite: NaN is absent, infinities are the largest double, as in MLflow. */
function scalar(value: unknown, type: string): unknown {
  if (typeof value !== 'number') return value;
  if (type === 'LongString') return String(value);
  if (type !== 'Float' || Number.isFinite(value)) return value;
  return Number.isNaN(value) ? null : Math.sign(value) * Number.MAX_VALUE;
}

function withoutNull(input: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return Object.fromEntries(Object.entries(input).filter(([, value]) => value !== null));
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
