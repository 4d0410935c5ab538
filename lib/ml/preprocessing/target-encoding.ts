/**
 * A text as the mean target of its category, drawn to the overall mean: D. Micci-Barreca, SIGKDD Explorations 3, 2001.
 * scikit-learn's TargetEncoder. Rows that a model learns from must get the encoding of folds without them
 * (`encodeOutOfFold`), or the feature tells the target.
 */
import { kFold } from '../cross-validation';

export interface TargetEncoding {
  readonly kind: 'target';
  /** Rows of the overall mean mixed into each category; 'auto': as many as the variances ask for. @default 'auto' */
  readonly smooth?: 'auto' | number;
  /** @default 5 */
  readonly folds?: number;
  /** Shuffles the folds. @default 0 */
  readonly seed?: number;
}

export interface TargetState {
  readonly kind: 'target';
  /** Of unknown and missing texts. */
  readonly mean: number;
  readonly encodings: Readonly<Record<string, number>>;
}

/** @param y one number per value: the target, or 1 and 0 for a class and the others */
export function fitTarget(
  values: readonly (string | null)[],
  y: Float64Array,
  encoding: TargetEncoding,
): TargetState {
  const { smooth = 'auto' } = encoding;
  const mean = y.reduce((sum, value) => sum + value, 0) / y.length;
  const variance = y.reduce((sum, value) => sum + (value - mean) ** 2, 0) / y.length;
  const groups = new Map<string, number[]>();
  values.forEach((value, row) => {
    if (value === null) return;
    const group = groups.get(value);
    if (group === undefined) groups.set(value, [y[row]!]);
    else group.push(y[row]!);
  });
  const encodings: [string, number][] = [...groups].map(([text, targets]) => {
    const count = targets.length;
    const sum = targets.reduce((a, b) => a + b, 0);
    if (smooth !== 'auto') return [text, (sum + smooth * mean) / (count + smooth)];
    const own = sum / count;
    const squares = targets.reduce((total, value) => total + (value - own) ** 2, 0);
    const between = variance * count;
    const trust = between === 0 ? 1 : between / (between + squares / count);
    return [text, trust * own + (1 - trust) * mean];
  });
  encodings.sort(([a], [b]) => (a < b ? -1 : 1));
  return { kind: 'target', mean, encodings: Object.fromEntries(encodings) };
}

export function applyTarget(state: TargetState, values: readonly (string | null)[]): Float64Array {
  const known = new Map(Object.entries(state.encodings));
  return Float64Array.from(values, (value) =>
    value === null ? state.mean : (known.get(value) ?? state.mean),
  );
}

/** Each row encoded by the rows of the other folds. */
export function encodeOutOfFold(
  values: readonly (string | null)[],
  y: Float64Array,
  encoding: TargetEncoding,
): Float64Array {
  const result = new Float64Array(values.length);
  const nSplits = Math.min(encoding.folds ?? 5, values.length);
  for (const { train, test } of kFold(values.length, { nSplits, seed: encoding.seed ?? 0 })) {
    const state = fitTarget(
      train.map((row) => values[row] ?? null),
      Float64Array.from(train, (row) => y[row]!),
      encoding,
    );
    const encoded = applyTarget(
      state,
      test.map((row) => values[row] ?? null),
    );
    test.forEach((row, i) => (result[row] = encoded[i]!));
  }
  return result;
}
