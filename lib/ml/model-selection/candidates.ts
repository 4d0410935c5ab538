/** Parameters to try. */
import { Random } from '../random';

/** All combinations, the last name's values changing first. */
export function parameterGrid<G extends Readonly<Record<string, readonly unknown[]>>>(
  grid: G,
): { readonly [K in keyof G]: G[K][number] }[] {
  let combinations: Record<string, unknown>[] = [{}];
  for (const [name, values] of Object.entries(grid))
    combinations = combinations.flatMap((partial) => values.map((value) => ({ ...partial, [name]: value })));
  return combinations as { readonly [K in keyof G]: G[K][number] }[];
}

export type Distribution =
  | readonly unknown[]
  | { readonly kind: 'uniform' | 'log-uniform'; readonly low: number; readonly high: number }
  /** Whole numbers from low to high, both possible. */
  | { readonly kind: 'integer'; readonly low: number; readonly high: number };

export type Drawn<D> = D extends readonly (infer T)[] ? T : number;

/** `n` independent draws; the same for a seed. @throws RangeError for a range without numbers */
export function parameterDraws<G extends Readonly<Record<string, Distribution>>>(
  distributions: G,
  n: number,
  seed: number,
): { readonly [K in keyof G]: Drawn<G[K]> }[] {
  const random = new Random(seed);
  return Array.from(
    { length: n },
    () =>
      Object.fromEntries(
        Object.entries(distributions).map(([name, one]) => [name, draw(name, one, random)]),
      ) as { readonly [K in keyof G]: Drawn<G[K]> },
  );
}

function draw(name: string, one: Distribution, random: Random): unknown {
  if (isList(one)) return one[random.below(one.length)];
  const { kind, low, high } = one;
  if (!(high >= low) || (kind === 'log-uniform' && !(low > 0)))
    throw new RangeError(`'${name}' cannot be drawn ${kind} from ${low} to ${high}.`);
  switch (kind) {
    case 'uniform':
      return low + random.uniform() * (high - low);
    case 'log-uniform':
      return Math.exp(Math.log(low) + random.uniform() * (Math.log(high) - Math.log(low)));
    case 'integer':
      return low + random.below(high - low + 1);
  }
}

function isList(one: Distribution): one is readonly unknown[] {
  return Array.isArray(one);
}
