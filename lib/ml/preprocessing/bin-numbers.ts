/** Numbers to the number of their bin. scikit-learn's KBinsDiscretizer with linear quantiles. */
import { quantile } from '../quantile';

export interface Binning {
  /** @default 5 */
  readonly nBins?: number;
  /** Bins of the same number of rows, or of the same width. @default 'quantile' */
  readonly strategy?: 'quantile' | 'uniform';
  /** The bin's number, or a column per bin. @default 'ordinal' */
  readonly encode?: 'ordinal' | 'one-hot';
}

export interface BinState {
  /** Inner edges, ascending: a value on an edge belongs to the bin above. */
  readonly edges: readonly number[];
  readonly oneHot: boolean;
}

export function fitBins(values: Float64Array, binning: Binning): BinState {
  const { nBins = 5, strategy = 'quantile', encode = 'ordinal' } = binning;
  const present = values.filter((value) => !Number.isNaN(value));
  const least = present.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const greatest = present.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const inner = Array.from({ length: nBins - 1 }, (_, i) =>
    strategy === 'uniform'
      ? least + ((greatest - least) * (i + 1)) / nBins
      : quantile(present, (i + 1) / nBins),
  );
  // Bins without width vanish, the first and the last edge included.
  const edges = [...new Set(inner)].filter((edge) => edge > least && edge < greatest);
  return { edges, oneHot: encode === 'one-hot' };
}

/** NaN stays NaN, or is 0 in every column. */
export function applyBins(state: BinState, values: Float64Array): Float64Array[] {
  const bins = values.map((value) =>
    Number.isNaN(value) ? value : state.edges.filter((edge) => edge <= value).length,
  );
  if (!state.oneHot) return [bins];
  return Array.from({ length: state.edges.length + 1 }, (_, bin) => bins.map((one) => Number(one === bin)));
}

export function binNames(name: string, state: BinState): string[] {
  return state.oneHot
    ? Array.from({ length: state.edges.length + 1 }, (_, bin) => `${name}=bin${bin}`)
    : [`${name}_bin`];
}
