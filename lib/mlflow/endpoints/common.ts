/** Parts of requests that several endpoints have. */
import { invalid } from '../mlflow-error';
import { enumeration, message, required, string } from '../wire/fields';

export const KEY_VALUE = message({ key: required(string), value: string });

export const VIEW_TYPE = enumeration({ ACTIVE_ONLY: 1, DELETED_ONLY: 2, ALL: 3 });

export const RUN_STATUS = enumeration({ RUNNING: 1, SCHEDULED: 2, FINISHED: 3, FAILED: 4, KILLED: 5 });

/** @throws MlflowError when `max_results` is not from 1 to the limit */
export function withinLimit(maxResults: number, limit: number): number {
  const fault = maxResults < 1 ? 'a positive integer' : maxResults > limit ? `at most ${limit}` : undefined;
  if (fault !== undefined)
    throw invalid(`Invalid value ${maxResults} for parameter 'max_results' supplied. It must be ${fault}`);
  return maxResults;
}
