import type { z } from 'zod';
import type { Access } from '../model/access';
import { isObject } from '../model/schema-path';
import { walkValue, type Value } from '../model/value';
import { httpRequest as httpRequestContract } from '../tasks/http-request';
import { toValue, type InputArg } from './ref';
import { addContractTask, type TaskHandle, type TaskOptions } from './task';

export type HttpRequestInput = InputArg<z.input<(typeof httpRequestContract)['input']>>;

/**
 * Makes an HTTP request: `httpRequest('score', { method: 'POST', url, headers: { authorization: secret('scoring-token') } })`.
 * Statuses 408, 429 and from 500 are tried again as often as the task has retries; others that are not expected fail at once.
 */
export function httpRequest(
  id: string,
  input: HttpRequestInput,
  options: TaskOptions = {},
): TaskHandle<z.output<(typeof httpRequestContract)['output']>> {
  return addContractTask(httpRequestContract, id, input, options, { access: secretsIn(toValue(input)) });
}

/** The secrets that an input names, each once. */
function secretsIn(input: Value): Access[] {
  const found = new Map<string, Access>();
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    const { secret, store } = value as { readonly secret?: unknown; readonly store?: unknown };
    if (typeof secret === 'string' && (store === 'parameter' || store === 'secrets-manager'))
      found.set(`${store} ${secret}`, { store: 'secret', mode: 'read', name: secret, from: store });
    else Object.values(value).forEach(visit);
  };
  for (const part of walkValue(input)) if (part.kind === 'literal' && isObject(part.value)) visit(part.value);
  return [...found.values()];
}
