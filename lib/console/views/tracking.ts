/** Experiments, tracked runs and their artifacts as the API answers them. */

export interface ExperimentRow {
  readonly id: string;
  readonly name: string;
  readonly lifecycleStage: string;
  readonly createdAt: string;
  readonly updatedAt: string;
}

export interface TrackedRow {
  readonly runId: string;
  readonly name: string;
  readonly status: string;
  readonly startedAt: string;
  readonly endedAt: string | null;
  readonly parent: string | null;
  /** NaN and infinities as text. */
  readonly metrics: Readonly<Record<string, number | string>>;
  readonly params: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
}

export interface TrackedPage {
  readonly experiment: ExperimentRow;
  readonly runs: readonly TrackedRow[];
  readonly more: boolean;
}

export interface TrackedDetail extends TrackedRow {
  readonly experiment: ExperimentRow;
  readonly artifactUri: string;
  readonly inputs: readonly {
    readonly name: string;
    readonly context: string;
    readonly digest: string;
    readonly id: string;
    readonly source: string;
  }[];
  readonly versions: readonly { readonly name: string; readonly version: string; readonly stage: string }[];
  readonly logicalRun: string | null;
  readonly children: readonly TrackedRow[];
}

export interface CompareView {
  readonly runs: readonly TrackedRow[];
  readonly curves: readonly {
    readonly metric: string;
    /** Index of the run. */
    readonly run: number;
    /** Step, milliseconds since 1970, value. */
    readonly points: readonly (readonly [number, number, number])[];
  }[];
}

export interface ArtifactList {
  readonly path: string;
  readonly files: readonly { readonly path: string; readonly folder: boolean; readonly bytes: number }[];
}

/** What a model takes and gives, by column. */
export interface SignatureView {
  readonly inputs: readonly SignatureColumn[];
  readonly outputs: readonly SignatureColumn[];
}

export interface SignatureColumn {
  readonly name: string;
  readonly type: string;
  readonly required: boolean;
}

export interface ArtifactPreview {
  readonly path: string;
  readonly bytes: number;
  readonly kind: 'text' | 'table' | 'image' | 'html' | 'binary';
  readonly text?: string;
  /** Of an `MLmodel` file with one by column. */
  readonly signature?: SignatureView;
  readonly columns?: readonly string[];
  readonly rows?: readonly (readonly (string | number | boolean | null)[])[];
  readonly truncated: boolean;
}
