/** Pages of an HTTP API, one after the other. */
import { pauseBefore } from '../../lib/aws/pause';
import type { HttpAnswer, HttpClient } from '../../lib/connections/http';
import { RequestFailed } from '../../lib/connections/request-errors';
import { InvalidDataset } from '../../lib/data/invalid-dataset';
import { parseJson } from '../../lib/data/lossless-json';
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
): AsyncGenerator<readonly unknown[]> {
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
    const json = jsonOf(answer, request);
    const records = recordsIn(json, answer, request);
    yield records;
    query = nextOf(request, query, { json, headers: answer.headers }, records.length);
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

function nextOf(
  request: Request,
  query: Query,
  answer: { readonly json: unknown; readonly headers: Headers },
  count: number,
): Next {
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
      const cursor = at(answer.json, pagination.next);
      return typeof cursor === 'string' || typeof cursor === 'number' || typeof cursor === 'bigint'
        ? cursor === ''
          ? undefined
          : { ...query, [pagination.parameter]: typeof cursor === 'bigint' ? String(cursor) : cursor }
        : undefined;
    }
    case 'next-url': {
      const url = at(answer.json, pagination.next);
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

/** @throws InvalidDataset for what is no UTF-8, or no JSON */
function jsonOf({ bytes, text }: HttpAnswer, { path }: Request): unknown {
  try {
    return parseJson(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new InvalidDataset(
      cause instanceof SyntaxError
        ? `'${path}' answers with what is no JSON: ${text.slice(0, 100)}`
        : `'${path}' answers with bytes that are not UTF-8, near: ${text.slice(Math.max(0, text.indexOf('\uFFFD') - 50)).slice(0, 100)}`,
      { cause },
    );
  }
}

/** @throws InvalidDataset when there is no list where it should be */
function recordsIn(json: unknown, { text }: HttpAnswer, { path, records }: Request): readonly unknown[] {
  const list = records === undefined ? json : at(json, records);
  if (Array.isArray(list)) return list as unknown[];
  throw new InvalidDataset(
    `'${path}' answers without a list of records${records === undefined ? '' : ` at '${records}'`}: ${text.slice(0, 200)}`,
  );
}

function at(json: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>(
      (here, member) =>
        typeof here === 'object' && here !== null
          ? (here as Readonly<Record<string, unknown>>)[member]
          : undefined,
      json,
    );
}
