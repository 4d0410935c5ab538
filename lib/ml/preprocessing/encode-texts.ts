/** Texts to columns of numbers. What is learned comes from the fitted rows alone; all else is unknown. */
import { InvalidDataset } from '../../data/invalid-dataset';
import { murmur3 } from './murmur3';

export type TextEncoding =
  /** A column per category, in text order; unknown and missing ones are 0 everywhere. */
  | {
      readonly kind: 'one-hot';
      /** Categories with fewer rows share one column, `…=other`, which unknown ones take too. @default 1 */
      readonly minFrequency?: number;
    }
  /** The category's place in text order; unknown and missing ones are NaN. */
  | { readonly kind: 'ordinal' }
  /** ±1 in one of `nFeatures` columns, chosen by a hash of `name=text`; nothing is learned. @default 16 */
  | { readonly kind: 'hashing'; readonly nFeatures?: number };

export type TextState =
  | { readonly kind: 'one-hot'; readonly categories: readonly string[]; readonly other: boolean }
  | { readonly kind: 'ordinal'; readonly categories: readonly string[] }
  | { readonly kind: 'hashing'; readonly nFeatures: number };

/** More make a table too wide to be what was meant. */
const MAX_CATEGORIES = 1000;

/** @throws InvalidDataset for more than 1000 categories to one-hot */
export function fitTexts(
  name: string,
  values: readonly (string | null)[],
  encoding: TextEncoding,
): TextState {
  if (encoding.kind === 'hashing') return { kind: 'hashing', nFeatures: encoding.nFeatures ?? 16 };
  const counts = new Map<string, number>();
  for (const value of values) if (value !== null) counts.set(value, (counts.get(value) ?? 0) + 1);
  if (encoding.kind === 'ordinal') return { kind: 'ordinal', categories: [...counts.keys()].sort() };
  const kept = [...counts].filter(([, count]) => count >= (encoding.minFrequency ?? 1)).map(([text]) => text);
  if (kept.length > MAX_CATEGORIES)
    throw new InvalidDataset(
      `Column '${name}' has ${kept.length} different texts in the fitted rows; one-hot encoding takes at most ${MAX_CATEGORIES}. Use 'hashing', 'target' or a 'minFrequency'.`,
    );
  return { kind: 'one-hot', categories: kept.sort(), other: kept.length < counts.size };
}

export function applyTexts(
  name: string,
  state: TextState,
  values: readonly (string | null)[],
): Float64Array[] {
  if (state.kind === 'hashing') {
    const columns = Array.from({ length: state.nFeatures }, () => new Float64Array(values.length));
    values.forEach((value, row) => {
      if (value === null) return;
      const hash = murmur3(`${name}=${value}`);
      columns[Math.abs(hash) % state.nFeatures]![row] = hash >= 0 ? 1 : -1;
    });
    return columns;
  }
  const places = new Map(state.categories.map((category, i) => [category, i]));
  if (state.kind === 'ordinal')
    return [
      Float64Array.from(values, (value) => (value === null ? Number.NaN : (places.get(value) ?? Number.NaN))),
    ];
  const width = state.categories.length + (state.other ? 1 : 0);
  const columns = Array.from({ length: width }, () => new Float64Array(values.length));
  values.forEach((value, row) => {
    if (value === null) return;
    const column = columns[places.get(value) ?? state.categories.length];
    if (column !== undefined) column[row] = 1;
  });
  return columns;
}

export function textNames(name: string, state: TextState): string[] {
  switch (state.kind) {
    case 'one-hot':
      return [
        ...state.categories.map((text) => `${name}=${text}`),
        ...(state.other ? [`${name}=other`] : []),
      ];
    case 'ordinal':
      return [name];
    case 'hashing':
      return Array.from({ length: state.nFeatures }, (_, i) => `${name}#${i}`);
  }
}
