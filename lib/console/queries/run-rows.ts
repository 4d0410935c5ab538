/** Runs as lists show them, newest first, page by page. */
import { orchestrationTable } from '../../aws/tables';
import type { RunListing } from '../../orchestration/run-record';
import type { RunPage, RunRow } from '../views/run-rows';

const PREFIX = 'RUN#';

export interface RunFilter {
  readonly status?: string | undefined;
  readonly trigger?: string | undefined;
  /** Part of the id. */
  readonly text?: string | undefined;
}

export async function latestRuns(pipeline: string, limit: number): Promise<RunRow[]> {
  const page = await listPages(pipeline, { limit, pageSize: limit });
  return page.slice(0, limit);
}

/**
 * A page of the runs of some pipelines together.
 * @param cursor what the page before gave as `next`
 */
export async function runPage(
  pipelines: readonly string[],
  filter: RunFilter,
  limit: number,
  cursor: string | undefined,
): Promise<RunPage> {
  const lists = await Promise.all(pipelines.map((pipeline) => matching(pipeline, filter, limit + 1, cursor)));
  const all = lists.flat().sort((a, b) => compareKeys(positionOf(b), positionOf(a)));
  const runs = all.slice(0, limit);
  const last = runs.at(-1);
  return { runs, next: all.length > limit && last !== undefined ? positionOf(last) : null };
}

async function matching(
  pipeline: string,
  filter: RunFilter,
  limit: number,
  cursor: string | undefined,
): Promise<RunRow[]> {
  const found: RunRow[] = [];
  const pages = orchestrationTable().pagesOf<RunListing>({
    pk: `PIPELINE#${pipeline}`,
    prefix: PREFIX,
    newestFirst: true,
    pageSize: Math.max(limit, 50),
    ...(cursor === undefined ? {} : { after: `${PREFIX}${cursor}` }),
  });
  for await (const page of pages) {
    for (const listing of page) if (matches(listing, filter)) found.push(rowOf(listing));
    if (found.length >= limit) break;
  }
  return found.slice(0, limit);
}

async function listPages(pipeline: string, range: { limit: number; pageSize: number }): Promise<RunRow[]> {
  const listings = await orchestrationTable().query<RunListing>({
    pk: `PIPELINE#${pipeline}`,
    prefix: PREFIX,
    newestFirst: true,
    ...range,
  });
  return listings.map(rowOf);
}

function matches(run: RunListing, { status, trigger, text }: RunFilter): boolean {
  return (
    (status === undefined || run.status === status) &&
    (trigger === undefined || run.trigger === trigger) &&
    (text === undefined || run.runId.includes(text))
  );
}

export function rowOf(run: RunListing): RunRow {
  const { runId, pipeline, status, trigger, logicalDate, startedAt, endedAt, message } = run;
  return {
    runId,
    pipeline,
    status,
    trigger,
    logicalDate,
    startedAt,
    ...(endedAt === undefined ? {} : { endedAt }),
    ...(message === undefined ? {} : { message }),
  };
}

/** Where a run stands in the listing. */
function positionOf(run: RunRow): string {
  return `${run.startedAt}#${run.runId}`;
}

function compareKeys(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
