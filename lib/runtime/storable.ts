/** Numbers of a result as the tables can hold them: DynamoDB's reach from 1e-130 to below 1e126, a double's further. */
import { DoNotRetry } from '../model/errors';
import type { Json } from '../model/json';

const LEAST = 1e-130;
const BEYOND = 1e126;

/** The result with 0 for numbers that are nearer to it, such as tiny p-values. @throws DoNotRetry for one that is too large */
export function storable(task: string, out: Json, path = ''): Json {
  if (typeof out === 'number') {
    const size = Math.abs(out);
    if (size < BEYOND) return size < LEAST ? 0 : out;
    throw new DoNotRetry(
      `The output of task '${task}' is ${out}${path === '' ? '' : ` at ${path.slice(1)}`}; numbers below 1e126 can be kept. Return it as a text, or its logarithm.`,
    );
  }
  if (Array.isArray(out))
    return (out as readonly Json[]).map((item, i) => storable(task, item, `${path}.${i}`));
  if (typeof out !== 'object' || out === null) return out;
  return Object.fromEntries(
    Object.entries(out as Readonly<Record<string, Json>>).map(([name, value]) => [
      name,
      storable(task, value, `${path}.${name}`),
    ]),
  );
}
