/** Page tokens name the query that they go on with, so that one of another query is refused and not misread. */
import { createHash } from 'node:crypto';
import { invalid } from './mlflow-error';
import { readPageToken } from './page-token';

type Message = Readonly<Record<string, unknown>>;

/** The request as its endpoint reads it. @throws MlflowError for a token that was not given for this query */
export function withOwnToken<M extends Message>(path: string, message: M): M {
  const token = message['page_token'];
  if (typeof token !== 'string' || token === '') return message;
  const [inner = '', query] = token.split('.');
  readPageToken(inner);
  if (query !== queryOf(path, message))
    throw invalid('Invalid page token: it was given for another query. Ask for the first page of this one.');
  return { ...message, page_token: inner };
}

export function withNamedToken(path: string, message: Message, answer: object): object {
  const token = (answer as { next_page_token?: unknown }).next_page_token;
  return typeof token === 'string'
    ? { ...answer, next_page_token: `${token}.${queryOf(path, message)}` }
    : answer;
}

/** How long the pages are may change from one to the next. */
function queryOf(path: string, { page_token: _token, max_results: _length, ...query }: Message): string {
  return createHash('sha256')
    .update(JSON.stringify([path, query]))
    .digest('hex')
    .slice(0, 12);
}
