/** What runs cost, as the API answers it. US dollars, list prices. */

export interface CostLineView {
  readonly item: string;
  readonly quantity: number;
  readonly unit: string;
  readonly cost: number;
}

export interface RunCostView {
  readonly runId: string;
  readonly status: string;
  readonly startedAt: string;
  /** `null` when the history of an execution is gone, and before the run has ended. */
  readonly cost: number | null;
  /** What was used; nothing of an item that was not. */
  readonly lines: readonly CostLineView[];
  /** What costs besides and is not counted. */
  readonly unpriced: readonly string[];
}

export interface PriceTable {
  readonly region: string;
  /** Month of the price table. */
  readonly asOf: string;
  readonly architecture: string;
}

export interface CostsView extends PriceTable {
  /** Newest first; runs that go on are left out. */
  readonly runs: readonly RunCostView[];
  /** Of the runs whose cost is known. */
  readonly median: number | null;
  readonly sum: number;
}

export interface RunCostDetail extends PriceTable, RunCostView {}
