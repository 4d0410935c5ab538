/** Keys of endpoints in the orchestration table. */
import type { Key } from '../aws/dynamo-table';

const pk = (endpoint: string): string => `ENDPOINT#${endpoint}`;

export const endpointKey = (endpoint: string): Key => ({ pk: pk(endpoint), sk: 'STATE' });
/** A change by the revision that it made, so that their order is that of the changes. */
export const changeKey = (endpoint: string, rev: number): Key => ({
  pk: pk(endpoint),
  sk: `CHANGE#${String(rev).padStart(10, '0')}`,
});
export const changesOf = (endpoint: string) => ({ pk: pk(endpoint), prefix: 'CHANGE#' });
/** That a request was done; leads to its change. */
export const requestKey = (endpoint: string, key: string): Key => ({ pk: pk(endpoint), sk: `DONE#${key}` });
/** What requests whose keys begin like this have done. */
export const requestsOf = (endpoint: string, prefix: string) => ({
  pk: pk(endpoint),
  prefix: `DONE#${prefix}`,
});
export const endpointListKey = (endpoint: string): Key => ({ pk: 'ENDPOINTS', sk: endpoint });
export const allEndpoints = { pk: 'ENDPOINTS' };
