/** What criteria are tried on, and what they have in common. */
import type { CriterionResult, DeploymentCriteria } from '../tasks/verify-model';
import type { HeldOutRows } from './held-out-scores';
import type { ServedModel } from './model-folder';
import type { VersionMaterial } from './version-material';

export interface Verified {
  readonly criteria: DeploymentCriteria;
  readonly material: VersionMaterial;
  readonly rows: HeldOutRows;
  readonly scores: readonly Float64Array[];
  /** The version that the endpoint serves, on the same rows; absent when it serves none. */
  readonly served?: { readonly model: ServedModel; readonly scores: readonly Float64Array[] };
}

export type Criterion = (verified: Verified) => CriterionResult[];

/** A figure as reports show it; one that is no number as a text. */
export function shown(value: number): number | string {
  return Number.isFinite(value) ? Number(value.toPrecision(6)) : String(value);
}
