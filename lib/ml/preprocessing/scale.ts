/** Numbers moved and stretched: x → (x − offset) · factor, then clipped. NaN stays NaN. */
import { quantile } from '../quantile';

export type Scaling =
  | { readonly kind: 'none' }
  /** Mean 0, population standard deviation 1. */
  | { readonly kind: 'standard' }
  /** The fitted rows in [low, high], [0, 1] by default; `clip` holds other rows there too. */
  | { readonly kind: 'min-max'; readonly low?: number; readonly high?: number; readonly clip?: boolean }
  /** Median 0, distance of the quartiles 1. */
  | { readonly kind: 'robust' };

export interface ScaleState {
  readonly offset: number;
  readonly factor: number;
  /** Added after the stretching. */
  readonly shift: number;
  readonly clip: readonly [number, number] | null;
}

/** A column without spread is only moved, as in scikit-learn. */
export function fitScale(values: Float64Array, scaling: Scaling): ScaleState {
  const present = values.filter((value) => !Number.isNaN(value));
  const factorOf = (spread: number) => (spread > 0 ? 1 / spread : 1);
  if (scaling.kind === 'none' || present.length === 0) return { offset: 0, factor: 1, shift: 0, clip: null };
  if (scaling.kind === 'standard') {
    const mean = present.reduce((sum, value) => sum + value, 0) / present.length;
    const variance = present.reduce((sum, value) => sum + (value - mean) ** 2, 0) / present.length;
    return { offset: mean, factor: factorOf(Math.sqrt(variance)), shift: 0, clip: null };
  }
  if (scaling.kind === 'robust') {
    const spread = quantile(present, 0.75) - quantile(present, 0.25);
    return { offset: quantile(present, 0.5), factor: factorOf(spread), shift: 0, clip: null };
  }
  const { low = 0, high = 1 } = scaling;
  const least = present.reduce((a, b) => Math.min(a, b));
  const greatest = present.reduce((a, b) => Math.max(a, b));
  return {
    offset: least,
    factor: (high - low) * factorOf(greatest - least),
    shift: low,
    clip: scaling.clip === true ? [low, high] : null,
  };
}

export function applyScale(state: ScaleState, values: Float64Array): Float64Array {
  const { offset, factor, shift, clip } = state;
  return values.map((value) => {
    const scaled = (value - offset) * factor + shift;
    return clip === null ? scaled : Math.min(clip[1], Math.max(clip[0], scaled));
  });
}
