import type { Prediction } from './model-folder';

/** Share of the rows on which labels differ, or numbers by more than a thousandth. */
export function disagreement(ours: readonly Prediction[], theirs: readonly Prediction[]): number {
  const different = ours.filter((one, row) => {
    const other = theirs[row] ?? {};
    if ('label' in one) return one['label'] !== other['label'];
    const [a, b] = [Number(one['prediction']), Number(other['prediction'])];
    return !(Math.abs(a - b) <= 1e-3 * Math.max(1, Math.abs(a)));
  });
  return different.length / Math.max(1, ours.length);
}
