/** Tracked runs by MLflow's filters and orders, with chosen columns. */
import { RUNS } from '../mlflow/search/grammar';
import { matcher } from '../mlflow/search/matches';
import { compareValues, comparing } from '../mlflow/search/order';
import type { Field } from '../mlflow/search/conditions';
import { parseConditions, parseOrderBy } from '../mlflow/search/parse';
import { readRun } from '../mlflow/search/read-run';
import type { Experiment } from '../tracking/experiments';
import type { RunDocument } from '../tracking/run-document';
import { runPosition, runsNewestFirst } from '../tracking/run-pages';

export interface RunSearch {
  readonly filter: string;
  /** The filter may have OR and parentheses. @default false */
  readonly or?: boolean;
  readonly orderBy: readonly string[];
  /** Fields of the grammar, e.g. `metrics.test_auc`. */
  readonly columns: readonly string[];
  readonly limit: number;
}

export interface FoundRun {
  readonly runId: string;
  readonly name: string;
  readonly status: string;
  readonly startedAt: string;
  /** In the order of the columns that were asked for; `null`: the run has no such value. */
  readonly values: Readonly<Record<string, string | number | null>>;
}

/** Active runs only; latest start first unless an order is given. @throws MlflowError for what the grammar refuses */
export async function searchTrackedRuns(
  experiments: readonly Experiment[],
  search: RunSearch,
): Promise<FoundRun[]> {
  const matches = matcher(parseConditions(RUNS, search.filter, search.or === true), readRun);
  const order = parseOrderBy(RUNS, search.orderBy);
  // A column is written as an order is.
  const columns = search.columns.map((text) => ({ text, field: parseOrderBy(RUNS, [text])[0]! }));
  const found: RunDocument[] = [];
  for await (const run of runsNewestFirst(experiments)) {
    if (order.length === 0 && found.length === search.limit) break;
    if (run.lifecycleStage === 'active' && matches(run)) found.push(run);
  }
  if (order.length > 0)
    found.sort(comparing(order, readRun, (a, b) => compareValues(runPosition(a), runPosition(b))));
  return found.slice(0, search.limit).map((run) => ({
    runId: run.runId,
    name: run.runName,
    status: run.status,
    startedAt: new Date(run.startTime).toISOString(),
    values: Object.fromEntries(columns.map(({ text, field }) => [text, valueOf(run, field)])),
  }));
}

/** JSON has neither NaN nor Infinity: they are text. */
function valueOf(run: RunDocument, field: Field): string | number | null {
  const value = readRun(run, field) as string | number | undefined;
  if (value === undefined) return null;
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;
}
