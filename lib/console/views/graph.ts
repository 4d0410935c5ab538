/** Graphs of pipelines as the API answers them. */

export interface GraphTask {
  readonly id: string;
  readonly kind: string;
  readonly contract: string | null;
  readonly group: string | null;
  readonly needs: readonly string[];
}

export interface GraphEdge {
  readonly from: string;
  readonly to: string;
  readonly choice?: string;
  /** Held by a gate: the two are in different branches of the machine. */
  readonly gate?: boolean;
}
