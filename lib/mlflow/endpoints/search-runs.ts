/**
 * Search of runs. In the default order (latest start first) pages are read until the answer is full, and the token says where
 * it ended, so that a page costs what it looks at. Another order needs all runs of the experiments.
 */
import type { Selection } from '../../aws/dynamo-table';
import { getExperiment, type Experiment } from '../../tracking/experiments';
import type { RunDocument } from '../../tracking/run-document';
import {
  pagesOfRuns,
  runPosition,
  runsNewestFirst,
  wholeRuns,
  type RunsToRead,
} from '../../tracking/run-pages';
import { TrackingRefused } from '../../tracking/tracking-refused';
import { endpoint } from '../endpoint';
import { runJson } from '../entities/run-json';
import { pageToken, readPageToken } from '../page-token';
import { allClauses } from '../search/conditions';
import { RUNS } from '../search/grammar';
import { matcher } from '../search/matches';
import { compareValues, sortedBy } from '../search/order';
import { parseConditions, parseOrderBy, type OrderBy } from '../search/parse';
import { selectionOf } from '../search/push-down';
import { readRun } from '../search/read-run';
import { int64, list, string, withDefault } from '../wire/fields';
import { toJson } from '../wire/json';
import { VIEW_TYPE, withinLimit } from './common';

const MAX_RESULTS = 50_000;
/** An answer of API Gateway's Lambda has at most 6 MB. Clients go on with the token. */
const MAX_BYTES = 4_000_000;
/** Runs whose whole documents are read together. */
const READ_AT_ONCE = 400;

export const searchRuns = endpoint({
  method: 'POST',
  path: 'runs/search',
  fields: {
    experiment_ids: list(string),
    filter: string,
    run_view_type: withDefault(VIEW_TYPE, 'ACTIVE_ONLY'),
    max_results: int64,
    order_by: list(string),
    page_token: string,
  },
  handle: async (
    { experiment_ids, filter, run_view_type, max_results = 1000, order_by, page_token },
    { orFilters },
  ) => {
    const limit = withinLimit(max_results, MAX_RESULTS);
    const clauses = parseConditions(RUNS, filter, orFilters);
    const matches = matcher(clauses, readRun);
    const order = parseOrderBy(RUNS, order_by);
    const token = readPageToken(page_token);
    const experiments = await existing(experiment_ids);
    const wanted = (run: RunDocument) =>
      (run_view_type === 'ALL' || (run.lifecycleStage === 'active') === (run_view_type === 'ACTIVE_ONLY')) &&
      matches(run);
    return isDefault(order)
      ? // One more than the answer holds tells whether there are more; deleted runs are few.
        firstOf(experiments, wanted, limit, {
          after: token.after,
          expected: clauses.length === 0 ? limit + 1 : undefined,
          select: selectionOf(clauses, undefined),
        })
      : sorted(experiments, wanted, order, limit, {
          offset: token.offset ?? 0,
          select: selectionOf(clauses, [...allClauses(clauses), ...order]),
        });
  },
});

async function firstOf(
  experiments: readonly Experiment[],
  wanted: (run: RunDocument) => boolean,
  limit: number,
  from: RunsToRead,
): Promise<object> {
  const page = new Page(limit);
  let last: RunDocument | undefined;
  for await (const run of runsNewestFirst(experiments, from)) {
    if (!wanted(run)) continue;
    if (!page.add(run)) return page.json(pageToken({ after: runPosition(last as RunDocument) }));
    last = run;
  }
  return page.json(undefined);
}

async function sorted(
  experiments: readonly Experiment[],
  wanted: (run: RunDocument) => boolean,
  order: readonly OrderBy[],
  limit: number,
  { offset, select }: { readonly offset: number; readonly select: Selection },
): Promise<object> {
  const some: RunDocument[] = [];
  for (const experiment of experiments)
    for await (const runs of pagesOfRuns(experiment, { select })) some.push(...runs.filter(wanted));
  const found = sortedBy(some, order, readRun, (a, b) => compareValues(runPosition(a), runPosition(b)));
  const page = new Page(limit);
  for (let i = offset; i < found.length; i += READ_AT_ONCE) {
    // What was read of them was enough to sort them.
    const whole = await wholeRuns(found.slice(i, Math.min(i + READ_AT_ONCE, offset + limit + 1)));
    for (const [at, run] of whole.entries())
      if (run !== undefined && !page.add(run)) return page.json(pageToken({ offset: i + at }));
  }
  return page.json(undefined);
}

/** Full at the limit, or when the answer would be too long. */
class Page {
  private readonly runs: object[] = [];
  private bytes = 0;

  constructor(private readonly limit: number) {}

  /** Returns false when the run does not go in. */
  add(run: RunDocument): boolean {
    if (this.runs.length === this.limit) return false;
    const json = runJson(run);
    this.bytes += Buffer.byteLength(toJson(json));
    if (this.bytes > MAX_BYTES && this.runs.length > 0) return false;
    this.runs.push(json);
    return true;
  }

  json(next_page_token: string | undefined): object {
    return { runs: this.runs, next_page_token };
  }
}

function isDefault(order: readonly OrderBy[]): boolean {
  const [first, ...rest] = order;
  return (
    first === undefined ||
    (rest.length === 0 && first.key === 'start_time' && first.entity === 'attribute' && !first.ascending)
  );
}

/** Unknown ones have no runs. */
async function existing(ids: readonly string[]): Promise<Experiment[]> {
  const found = await Promise.all(
    [...new Set(ids)].map((id) =>
      getExperiment(id).catch((error: unknown) => {
        if (error instanceof TrackingRefused && error.code === 'RESOURCE_DOES_NOT_EXIST') return undefined;
        throw error;
      }),
    ),
  );
  return found.filter((experiment) => experiment !== undefined);
}
