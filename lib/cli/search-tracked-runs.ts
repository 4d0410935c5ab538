/** Tracked runs by MLflow's filters and orders, with chosen columns. */
import { RUNS } from '../mlflow/search/grammar';
import { matcher } from '../mlflow/search/matches';
import { compareValues, sortedBy } from '../mlflow/search/order';
import { allClauses, type Field } from '../mlflow/search/conditions';
import { parseConditions, parseOrderBy } from '../mlflow/search/parse';
import { selectionOf } from '../mlflow/search/push-down';
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

const SHOWN: readonly Field[] = [
  { entity: 'attribute', key: 'run_name' },
  { entity: 'attribute', key: 'status' },
];

/** Active runs only; latest start first unless an order is given. @throws MlflowError for what the grammar refuses */
export async function searchTrackedRuns(
  experiments: readonly Experiment[],
  search: RunSearch,
): Promise<FoundRun[]> {
  const conditions = parseConditions(RUNS, search.filter, search.or === true);
  const matches = matcher(conditions, readRun);
  const order = parseOrderBy(RUNS, search.orderBy);
  // A column is written as an order is.
  const columns = search.columns.map((text) => ({ text, field: parseOrderBy(RUNS, [text])[0]! }));
  // Of a run no more than is looked at and shown.
  const fields = [...allClauses(conditions), ...order, ...columns.map(({ field }) => field), ...SHOWN];
  const select = selectionOf(conditions, fields);
  const some: RunDocument[] = [];
  for await (const run of runsNewestFirst(experiments, { select })) {
    if (order.length === 0 && some.length === search.limit) break;
    if (run.lifecycleStage === 'active' && matches(run)) some.push(run);
  }
  const found = sortedBy(some, order, readRun, (a, b) => compareValues(runPosition(a), runPosition(b)));
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
