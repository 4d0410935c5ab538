/** Pipelines as the API answers them. Instants are ISO 8601 in UTC, lengths milliseconds. */
import type { GraphEdge, GraphTask } from './graph';
import type { Json, JsonObject } from '../../model/json';
import type { LoadFault } from '../catalogue';
import type { RunRow } from './run-rows';
import type { TaskStateView } from './runs';

export interface PipelineRow {
  readonly id: string;
  readonly description: string;
  readonly owner: string | null;
  readonly tags: readonly string[];
  readonly file: string;
  /** In words. */
  readonly schedule: string;
  readonly triggers: readonly string[];
  readonly nextRun: string | null;
  readonly deployed: boolean;
  readonly paused: boolean;
  readonly pausedBy: string | null;
  readonly pausedWhy: string | null;
  readonly queued: number;
  readonly active: number;
  /** Newest last, at most 30. */
  readonly recent: readonly RunRow[];
  /** Share of the recent runs that have ended; 0 to 1. */
  readonly successRate: number | null;
  readonly medianMs: number | null;
  readonly paramsSchema: JsonObject;
}

export interface PipelineList {
  readonly pipelines: readonly PipelineRow[];
  readonly faults: readonly LoadFault[];
}

export interface BackfillView {
  readonly id: string;
  readonly from: string;
  readonly to: string;
  readonly status: string;
  readonly by: string;
  readonly createdAt: string;
  readonly maxActive: number;
  readonly ticks: number;
  readonly statuses: Readonly<Record<string, number>>;
}

export interface QueuedView {
  readonly runId: string;
  readonly pipeline: string;
  readonly logicalDate: string;
  readonly queuedAt: string;
  readonly trigger: string;
}

export interface PipelineView extends PipelineRow {
  /** How the tasks of the latest run fare; `null` before the first. */
  readonly latest: (RunRow & { readonly tasks: readonly TaskStateView[] }) | null;
  readonly tasks: readonly GraphTask[];
  readonly edges: readonly GraphEdge[];
  readonly startDate: string | null;
  readonly endDate: string | null;
  readonly catchup: boolean;
  readonly maxActiveRuns: number;
  readonly scheduled: boolean;
  readonly queue: readonly QueuedView[];
  readonly backfills: readonly BackfillView[];
  readonly notices: readonly { readonly code: string; readonly message: string; readonly hint: string }[];
}

/** Runs × tasks. */
export interface GridView {
  readonly runs: readonly (RunRow & {
    /** Status, attempts and length by task; a task without a record is not there. */
    readonly tasks: Readonly<
      Record<string, { readonly status: string; readonly attempt: number; readonly ms: number | null }>
    >;
  })[];
}

export interface DefinitionView {
  readonly machine: string;
  readonly arn: string;
  readonly updatedAt: string | null;
  /** Text of the file that defines it; `null` where there are no files. */
  readonly source: string | null;
  /** ASL. */
  readonly definition: Json;
}
