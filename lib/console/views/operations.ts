/** What waits and what runs, as the API answers it. */
import type { QueuedView } from './pipelines';
import type { RunRow } from './run-rows';
import type { ApprovalView, AuditView } from './runs';

export interface OperationsView {
  readonly queue: readonly QueuedView[];
  readonly running: readonly (RunRow & { readonly since: string })[];
  readonly pools: readonly {
    readonly pool: string;
    readonly holders: readonly {
      readonly task: string;
      readonly execution: string;
      readonly slots: number;
      readonly since: string;
    }[];
    readonly waiting: readonly {
      readonly task: string;
      readonly execution: string;
      readonly slots: number;
      readonly since: string;
      readonly size: number;
    }[];
  }[];
  /** Tasks of running runs that ask again and again until something is there. */
  readonly sensors: readonly {
    readonly runId: string;
    readonly task: string;
    /** How often so far. */
    readonly asked: number;
    /** When it asked last. */
    readonly at: string;
    /** What was missing then. */
    readonly missing: string;
  }[];
  readonly approvals: readonly ApprovalView[];
  readonly notifications: readonly {
    readonly id: string;
    readonly at: string;
    readonly subject: string;
    readonly pipeline: string;
    readonly runId: string;
    readonly deliveries: readonly {
      readonly channel: string;
      readonly state: string;
      readonly error: string | null;
    }[];
  }[];
  readonly audit: readonly AuditView[];
}

export interface SettingsView {
  readonly variables: readonly {
    readonly name: string;
    /** `null` when it is kept as a secret. */
    readonly value: string | null;
    readonly changedAt: string | null;
  }[];
  readonly connections: readonly { readonly name: string; readonly changedAt: string | null }[];
}
