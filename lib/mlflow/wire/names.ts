/** Keys and values of metrics, params and tags, as MLflow's server accepts them, in its words. */
import { posix } from 'node:path';
import { invalid } from '../mlflow-error';
import { wrong } from './read-message';

const MAX_KEY = 250;
const KEY = /^[/\p{L}\p{N}_.\- :]*$/u;

/** @param path where in the request it stands, e.g. `metrics[0].name` */
export function checkEntityKey(key: string, path: string, kind = path): void {
  if (!KEY.test(key) || key === '__proto__') {
    throw wrong(
      path,
      key,
      'Names may only contain alphanumerics, underscores (_), dashes (-), periods (.), spaces ( ), colon(:) and slashes (/).',
    );
  }
  const normal = posix.normalize(key);
  if (normal !== key || key === '.' || key.startsWith('..') || key.startsWith('/')) {
    throw wrong(
      path,
      key,
      `Names may be treated as files in certain cases, and must not resolve to other names when treated as such. This name would resolve to '${normal}'`,
    );
  }
  checkLength(key, MAX_KEY, kind);
}

export function checkLength(value: string, limit: number, what: string): void {
  if (value.length > limit) throw invalid(`'${what}' exceeds the maximum length of ${limit} characters`);
}

/**
 * Tags as a record; the last value of a key wins.
 * @param at name of the list, where refusals tell the place in it
 * @throws MlflowError for a bad key or a value that is too long */
export function tagRecord(
  tags: readonly { readonly key: string; readonly value?: string | undefined }[],
  { maxValue = Infinity, at = '' }: { readonly maxValue?: number; readonly at?: string } = {},
): Record<string, string> {
  return Object.fromEntries(
    tags.map(({ key, value = '' }, i) => {
      const path = at === '' ? '' : `${at}[${i}].`;
      checkEntityKey(key, `${path}key`);
      checkLength(value, maxValue, `${path}value`);
      return [key, value];
    }),
  );
}
