/** What watched a model found, over time. */
export interface WatchPoint {
  readonly runId: string;
  readonly logicalDate: string;
  /** Whether the task found drift or decay. */
  readonly alarmed: boolean;
  /** One sentence with the figures. */
  readonly reason: string;
  /** Share of the features that drifted; or the current value of the metric. */
  readonly value: number;
  /** Interval of the value, where there is one. */
  readonly low: number | null;
  readonly high: number | null;
  /** Value that the current one is held against; `null` for drift. */
  readonly baseline: number | null;
  /** Key of the report. */
  readonly report: string | null;
}

export interface WatchSeries {
  readonly pipeline: string;
  readonly task: string;
  readonly kind: 'drift' | 'decay';
  /** Of decay. */
  readonly metric: string | null;
  /** Oldest first. */
  readonly points: readonly WatchPoint[];
}

export interface WatchView {
  readonly series: readonly WatchSeries[];
}
