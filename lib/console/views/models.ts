/** Registered models, lineage and datasets as the API answers them. */
import type { SignatureView } from './tracking';

export interface ModelRow {
  readonly name: string;
  readonly description: string;
  readonly aliases: Readonly<Record<string, string>>;
  readonly latest: Readonly<Record<string, string>>;
  readonly versions: number;
  readonly updatedAt: string;
}

export interface ModelVersionView {
  readonly version: string;
  readonly stage: string;
  readonly aliases: readonly string[];
  readonly createdAt: string;
  readonly runId: string;
  readonly source: string;
  readonly description: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly metrics: Readonly<Record<string, number | string>>;
  readonly pipelineRun: string | null;
  readonly commit: string | null;
}

export interface ModelView extends ModelRow {
  readonly list: readonly ModelVersionView[];
  readonly history: readonly {
    readonly at: string;
    readonly version: string;
    readonly what: string;
    readonly reason: string;
    readonly by: string;
  }[];
}

export interface ModelCardView {
  /** Artifact of the run that made the version. */
  readonly card: { readonly runId: string; readonly path: string } | null;
  readonly signature: SignatureView | null;
}

export interface LineageView {
  readonly start: string;
  readonly nodes: readonly {
    readonly id: string;
    readonly kind: string;
    readonly name: string;
    readonly detail: Readonly<Record<string, string>>;
    readonly gone: boolean;
  }[];
  readonly edges: readonly { readonly from: string; readonly to: string }[];
}

export interface DatasetRow {
  readonly name: string;
  readonly versions: number;
  readonly latest: string;
  readonly digest: string;
  /** By a tracked run; `null` for what none has read. */
  readonly usedAt: string | null;
  /** By a task; `null` for what pipelines do not keep. */
  readonly madeAt: string | null;
  readonly experiments: readonly string[];
}

export interface DatasetView {
  readonly name: string;
  readonly versions: readonly {
    readonly id: string;
    readonly source: string;
    readonly rows: number | null;
    readonly columns: readonly { readonly name: string; readonly type: string }[];
    readonly madeAt: string | null;
    /** As its place says; `null` for what was not made by a pipeline. */
    readonly madeBy: {
      readonly pipeline: string;
      readonly runId: string | null;
      readonly task: string | null;
    } | null;
    readonly users: readonly {
      readonly runId: string;
      readonly name: string;
      readonly experiment: string;
      readonly context: string;
      readonly startedAt: string;
    }[];
  }[];
}

/** Where versions of a model answer requests. */
export interface EndpointView {
  readonly endpoint: string;
  readonly traffic: readonly {
    readonly version: string;
    readonly role: 'stable' | 'candidate' | 'shadow';
    /** 0 to 1; a shadow answers nothing. */
    readonly share: number;
  }[];
  /** When the candidate has all traffic; `null` without one, and while it is held. */
  readonly shiftEnds: string | null;
  readonly updatedAt: string;
  /** Newest first. */
  readonly changes: readonly {
    readonly at: string;
    readonly action: string;
    readonly from: string | null;
    readonly to: string | null;
    readonly by: string;
    readonly reason: string;
  }[];
}
