/** Runs as lists show them. */

/** One run as lists show it. */
export interface RunRow {
  readonly runId: string;
  readonly pipeline: string;
  readonly status: string;
  readonly trigger: string;
  readonly logicalDate: string;
  readonly startedAt: string;
  readonly endedAt?: string;
  readonly message?: string;
}

export interface RunPage {
  readonly runs: readonly RunRow[];
  /** Cursor of the page behind this one. */
  readonly next: string | null;
}
