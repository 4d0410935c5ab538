/** Features in at most 255 bins by quantile, as one byte per value. Edges are float32, as the saved model compares them. */
import type { Matrix } from '../matrix';

export interface Binned {
  readonly rows: number;
  /** Bin of each row, per feature. */
  readonly bins: readonly Uint8Array[];
  /** Upper edges per feature: bin b holds values <= edges[b]; the last bin has no edge. */
  readonly edges: readonly Float64Array[];
}

const MAX_BINS = 255;

export function binFeatures(matrix: Matrix): Binned {
  const edges = matrix.columns.map(edgesOf);
  return {
    rows: matrix.rows,
    edges,
    bins: matrix.columns.map((column, f) =>
      Uint8Array.from(column, (value) => binOf(edges[f] ?? new Float64Array(), value)),
    ),
  };
}

function edgesOf(column: Float64Array): Float64Array {
  const sorted = Float64Array.from(column).sort();
  const distinct = sorted.filter((value, i) => i === 0 || value !== sorted[i - 1]);
  const edges: number[] = [];
  const between = (low: number, high: number) => Math.fround((low + high) / 2);
  if (distinct.length <= MAX_BINS) {
    for (let i = 0; i + 1 < distinct.length; i++) edges.push(between(distinct[i] ?? 0, distinct[i + 1] ?? 0));
  } else {
    for (let b = 1; b < MAX_BINS; b++) {
      const at = Math.floor((b * sorted.length) / MAX_BINS);
      edges.push(between(sorted[at - 1] ?? 0, sorted[at] ?? 0));
    }
  }
  return Float64Array.from(new Set(edges));
}

/** Index of the first edge that is not below the value. */
function binOf(edges: Float64Array, value: number): number {
  let low = 0;
  let high = edges.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((edges[middle] ?? 0) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
