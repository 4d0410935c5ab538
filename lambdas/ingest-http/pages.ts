/** Pages of an HTTP API, one after the other. */
import { pauseBefore } from '../../lib/aws/pause';
import type { HttpAnswer, HttpClient } from '../../lib/connections/http';
import { RequestFailed } from '../../lib/connections/request-errors';
import { InvalidDataset } from '../../lib/data/invalid-dataset';
import type { Json } from '../../lib/model/json';
import type { InputOf } from '../../lib/tasks/contract';
import type { ingestHttp } from '../../lib/tasks/ingest-http';

type Request = Pick<
  InputOf<typeof ingestHttp>,
  'path' | 'query' | 'records' | 'pagination' | 'maxPages' | 'attempts'
>;
type Query = Request['query'];

/** What comes behind a page: parameters of the next request, or `undefined`. */
type Next = Query | undefined;

/** @throws InvalidDataset for answers without records, for too many pages, for a server that leads in a circle */
export async function* pagesOf(
  client: HttpClient,
  request: Request,
  signal: AbortSignal,
): AsyncGenerator<readonly Json[]> {
  const { pagination } = request;
  let query: Next = { ...request.query, ...firstOf(pagination) };
  const seen = new Set<string>();
  for (let page = 1; query !== undefined; page++) {
    if (page > request.maxPages)
      throw new InvalidDataset(
        `'${request.path}' has more than ${request.maxPages} pages. Raise maxPages, or ask for less.`,
      );
    const asked = JSON.stringify(query);
    if (seen.has(asked))
      throw new InvalidDataset(
        `'${request.path}' leads in a circle: page ${page} is one that was read already. Check the pagination.`,
      );
    seen.add(asked);
    const answer = await patiently(client, request, query, signal);
    const records = recordsIn(answer, request);
    yield records;
    query = nextOf(request, query, answer, records.length);
  }
}

function firstOf(pagination: Request['pagination']): Query {
  if (pagination.kind === 'page')
    return {
      [pagination.parameter]: pagination.start,
      ...(pagination.sizeParameter === undefined || pagination.size === undefined
        ? {}
        : { [pagination.sizeParameter]: pagination.size }),
    };
  if (pagination.kind === 'offset')
    return { [pagination.parameter]: 0, [pagination.sizeParameter]: pagination.size };
  return {};
}

function nextOf(request: Request, query: Query, answer: HttpAnswer, count: number): Next {
  const { pagination } = request;
  switch (pagination.kind) {
    case 'none':
      return undefined;
    case 'page':
      if (count === 0 || (pagination.size !== undefined && count < pagination.size)) return undefined;
      return { ...query, [pagination.parameter]: Number(query[pagination.parameter]) + 1 };
    case 'offset':
      if (count < pagination.size) return undefined;
      return { ...query, [pagination.parameter]: Number(query[pagination.parameter]) + count };
    case 'cursor': {
      const cursor = at(answer.json(), pagination.next);
      return typeof cursor === 'string' || typeof cursor === 'number'
        ? cursor === ''
          ? undefined
          : { ...query, [pagination.parameter]: cursor }
        : undefined;
    }
    case 'next-url': {
      const url = at(answer.json(), pagination.next);
      return typeof url === 'string' && url !== '' ? queryOf(url) : undefined;
    }
    case 'link-header': {
      const url = /<([^>]*)>\s*;[^,]*\brel="?next"?/i.exec(answer.headers.get('link') ?? '')?.[1];
      return url === undefined ? undefined : queryOf(url);
    }
  }
}

/** Only what is asked for comes from the address: the server and the path stay those of the connection. */
function queryOf(url: string): Query {
  return Object.fromEntries(new URL(url, 'http://relative.invalid').searchParams);
}

async function patiently(
  client: HttpClient,
  request: Request,
  query: Query,
  signal: AbortSignal,
): Promise<HttpAnswer> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await client.get(request.path, { query });
    } catch (error) {
      if (!(error instanceof RequestFailed) || attempt >= request.attempts) throw error;
      await pauseBefore(attempt, 200, 10_000);
      signal.throwIfAborted();
    }
  }
}

/** @throws InvalidDataset for what is no JSON, or has no list where it should be */
function recordsIn(answer: HttpAnswer, { path, records }: Request): readonly Json[] {
  let json: Json;
  try {
    json = answer.json();
  } catch (cause) {
    throw new InvalidDataset(`'${path}' answers with what is no JSON: ${answer.text.slice(0, 100)}`, {
      cause,
    });
  }
  const list = records === undefined ? json : at(json, records);
  if (Array.isArray(list)) return list;
  throw new InvalidDataset(
    `'${path}' answers without a list of records${records === undefined ? '' : ` at '${records}'`}: ${answer.text.slice(0, 200)}`,
  );
}

function at(json: Json, path: string): Json | undefined {
  return path
    .split('.')
    .reduce<Json | undefined>(
      (here, member) =>
        typeof here === 'object' && here !== null
          ? (here as Readonly<Record<string, Json>>)[member]
          : undefined,
      json,
    );
}
