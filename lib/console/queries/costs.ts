/** What runs cost, from what they did. What an ended run cost stays as it is: it is worked out once. */
import { PRICES } from '../../model/prices';
import { costOfRun } from '../../orchestration/cost/cost-of-run';
import { readRun } from '../../orchestration/read-run';
import type { Catalogue } from '../catalogue';
import { notFound } from '../console-error';
import type { ConsoleOptions } from '../console-options';
import type { CostsView, PriceTable, RunCostDetail, RunCostView } from '../views/costs';
import type { RunRow } from '../views/run-rows';
import { findPipeline } from './pipeline';
import { requireRun } from './run';
import { latestRuns, rowOf } from './run-rows';
import { listingOf } from '../../orchestration/run-record';

/** Histories that are read at a time: Step Functions answers some twenty a second. */
const AT_ONCE = 4;
const MAX_KNOWN = 2000;

type Cost = Pick<RunCostView, 'cost' | 'lines' | 'unpriced'>;

const known = new Map<string, Cost>();
const UNKNOWN: Cost = { cost: null, lines: [], unpriced: [] };

export async function readCosts(options: ConsoleOptions, id: string, limit: number): Promise<CostsView> {
  await findPipeline(options, id);
  const catalogue = await options.catalogue();
  const rows = (await latestRuns(id, limit)).filter(({ status }) => status !== 'running');
  const runs: RunCostView[] = [];
  for (let i = 0; i < rows.length; i += AT_ONCE)
    runs.push(...(await Promise.all(rows.slice(i, i + AT_ONCE).map((row) => costOf(catalogue, row)))));
  const costs = runs.flatMap(({ cost }) => (cost === null ? [] : [cost])).sort((a, b) => a - b);
  return {
    ...tableOf(catalogue),
    runs,
    median: costs[Math.floor(costs.length / 2)] ?? null,
    sum: costs.reduce((sum, cost) => sum + cost, 0),
  };
}

/** @throws ConsoleError 404 */
export async function readRunCost(options: ConsoleOptions, runId: string): Promise<RunCostDetail> {
  const { record } = await requireRun(runId);
  const catalogue = await options.catalogue();
  return { ...tableOf(catalogue), ...(await costOf(catalogue, rowOf(listingOf(record)))) };
}

async function costOf(catalogue: Catalogue, row: RunRow): Promise<RunCostView> {
  const { runId, status, startedAt, endedAt } = row;
  const about = { runId, status, startedAt };
  if (endedAt === undefined) return { ...about, ...UNKNOWN };
  // A rerun ends it anew.
  const key = `${runId} ${endedAt}`;
  const cost = known.get(key) ?? (await workOut(catalogue, row));
  known.set(key, cost);
  const [oldest] = known.keys();
  if (known.size > MAX_KNOWN && oldest !== undefined) known.delete(oldest);
  return { ...about, ...cost };
}

async function workOut({ pipelines, architecture }: Catalogue, row: RunRow): Promise<Cost> {
  const run = await readRun(row.runId);
  if (run === undefined) throw notFound(`run '${row.runId}'`, 'It is older than 400 days.');
  const pipeline = pipelines.find(({ id }) => id === row.pipeline);
  const estimate = await costOfRun(run, {
    functions: pipeline?.functions ?? [],
    jobs: pipeline?.jobs ?? [],
    ...(architecture === undefined ? {} : { architecture }),
  });
  if (estimate === undefined) return UNKNOWN;
  return {
    cost: estimate.perRun,
    lines: estimate.lines.filter(({ quantity }) => quantity > 0),
    unpriced: estimate.unpriced ?? [],
  };
}

function tableOf({ architecture = 'arm64' }: Catalogue): PriceTable {
  return { region: PRICES.region, asOf: PRICES.asOf, architecture };
}
