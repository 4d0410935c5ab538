/** Page tokens: opaque to clients, base64 of a small JSON object. */
import { invalid } from './mlflow-error';

export interface PageToken {
  /** Count of results that were given already. */
  readonly offset?: number;
  /** Place of the last result that was given, where results have places. */
  readonly after?: string;
}

export function pageToken(token: PageToken): string {
  return Buffer.from(JSON.stringify(token)).toString('base64');
}

/** @throws MlflowError INVALID_PARAMETER_VALUE */
export function readPageToken(text: string | undefined): PageToken {
  if (text === undefined || text === '') return {};
  if (!/^[A-Za-z0-9+/_-]+={0,2}$/.test(text)) throw invalid('Invalid page token, could not base64-decode');
  let token: unknown;
  try {
    token = JSON.parse(Buffer.from(text, 'base64').toString('utf8'));
  } catch {
    throw invalid(`Invalid page token, decoded value=${text}`);
  }
  const { offset, after } = (token ?? {}) as Record<string, unknown>;
  const valid =
    (offset === undefined || (Number.isSafeInteger(offset) && (offset as number) >= 0)) &&
    (after === undefined || typeof after === 'string') &&
    (offset === undefined) !== (after === undefined);
  if (!valid) throw invalid(`Invalid page token, parsed value=${JSON.stringify(token)}`);
  return {
    ...(offset === undefined ? {} : { offset: offset as number }),
    ...(after === undefined ? {} : { after: after as string }),
  };
}

/** A page of a list that is all in memory. */
export function pageOf<T>(
  all: readonly T[],
  limit: number,
  token: string | undefined,
): { readonly page: readonly T[]; readonly next: string | undefined } {
  const { offset = 0 } = readPageToken(token);
  const end = offset + limit;
  return { page: all.slice(offset, end), next: end < all.length ? pageToken({ offset: end }) : undefined };
}
