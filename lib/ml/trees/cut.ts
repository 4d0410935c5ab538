/** A cut after `bin`. `gain` is 0 when none was found. */
export interface Cut {
  gain: number;
  feature: number;
  bin: number;
  missingLeft: boolean;
  /** Sums of the left side. */
  leftG: number;
  leftH: number;
  /** Bins of the left side, when the feature is categorical. */
  categories: readonly number[] | undefined;
}

/** As `noCut`, in the same object. */
export function forgetCut(cut: Cut): void {
  cut.gain = 0;
  cut.feature = -1;
  cut.categories = undefined;
}

export const noCut = (): Cut => ({
  gain: 0,
  feature: -1,
  bin: 0,
  missingLeft: false,
  leftG: 0,
  leftH: 0,
  categories: undefined,
});
