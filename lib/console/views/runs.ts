/** Runs and their tasks as the API answers them. Instants are ISO 8601 in UTC, lengths milliseconds. */
import type { RunRow } from './run-rows';
import type { Json, JsonObject } from '../../model/json';
import type { GraphEdge, GraphTask } from './graph';

export interface TaskStateView {
  readonly id: string;
  /** `waiting`: it has no record yet. */
  readonly status: string;
  readonly attempt: number;
  readonly startedAt: string | null;
  readonly endedAt: string | null;
  readonly durationMs: number | null;
  readonly memoryMb: number | null;
  readonly cachedFrom: { readonly run: string; readonly task: string } | null;
  readonly error: { readonly name: string; readonly message: string } | null;
  /** Between the end of the last upstream task and its start. */
  readonly waitedMs: number | null;
  readonly critical: boolean;
  /** Items of a map: how many there are, by status. */
  readonly items: Readonly<Record<string, number>> | null;
}

export interface ApprovalView {
  readonly runId: string;
  readonly pipeline: string;
  readonly task: string;
  readonly prompt: string;
  readonly details: Json;
  readonly form: JsonObject;
  readonly requestedAt: string;
  readonly expiresAt: string;
  readonly state: 'pending' | 'decided' | 'expired';
  readonly decision: { readonly approved: boolean; readonly by: string; readonly comment: string } | null;
}

export interface AuditView {
  /** `null` for what was done to a pipeline as a whole. */
  readonly runId: string | null;
  readonly pipeline: string;
  readonly action: string;
  readonly by: string;
  readonly why: string | null;
  readonly at: string;
  readonly details: Json;
}

export interface RunDetail extends RunRow {
  readonly params: Json;
  readonly commit: string;
  readonly dirty: boolean;
  readonly dataIntervalStart: string;
  readonly dataIntervalEnd: string;
  readonly execution: string;
  readonly executions: number;
  /** Page of the execution in the console of AWS. */
  readonly executionUrl: string | null;
  readonly graph: { readonly tasks: readonly GraphTask[]; readonly edges: readonly GraphEdge[] };
  readonly tasks: readonly TaskStateView[];
  readonly approvals: readonly ApprovalView[];
  readonly audit: readonly AuditView[];
  /** Run of experiment tracking that belongs to it. */
  readonly trackedRun: string | null;
  readonly experiment: string | null;
  readonly reports: readonly { readonly task: string; readonly key: string; readonly bytes: number }[];
}

export interface AttemptView {
  readonly number: number;
  readonly execution: string;
  readonly startedAt: string;
  readonly endedAt: string | null;
  readonly outcome: 'running' | 'success' | 'failed' | 'timed_out';
  readonly error: { readonly name: string; readonly message: string } | null;
  /** What to do about the error. */
  readonly remedy: string | null;
  /** What the function was sent, and what it gave; `null` of what is no function, and before its end. */
  readonly input: Json;
  readonly output: Json;
}

export interface TaskDetail {
  readonly task: string;
  readonly kind: string;
  readonly contract: string | null;
  readonly functionName: string | null;
  readonly logGroup: string | null;
  readonly state: TaskStateView;
  /** What the machine sent last; `null` when the history has it no more. */
  readonly input: Json;
  readonly output: Json;
  readonly inputHash: string | null;
  readonly codeHash: string | null;
  readonly attempts: readonly AttemptView[];
  readonly remedy: string | null;
  readonly items: readonly TaskStateView[];
}

export interface LogLine {
  readonly time: string;
  readonly task: string;
  readonly level: string;
  readonly text: string;
}

export interface LogView {
  readonly lines: readonly LogLine[];
  /** More lines were there: only the latest are answered. */
  readonly left: number;
}

/** What a rerun would do to every task. */
export interface RerunPreview {
  readonly tasks: readonly { readonly id: string; readonly action: 'run' | 'keep'; readonly why: string }[];
  readonly cleared: readonly string[];
}
