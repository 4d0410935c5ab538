/** Drift and decay of a model as the pipelines found them that watch it, over their latest runs. */
import { orchestrationTable } from '../../aws/tables';
import type { Json } from '../../model/json';
import { taskKey } from '../../orchestration/keys';
import type { TaskRecord } from '../../orchestration/task-record';
import type { CatalogueTask } from '../catalogue';
import type { ConsoleOptions } from '../console-options';
import type { WatchPoint, WatchSeries, WatchView } from '../views/watch';
import { keyOf, member, numberOr, textOr } from './record-output';
import { latestRuns } from './run-rows';
import type { RunRow } from '../views/run-rows';

const RUNS = 90;

export async function readWatch(options: ConsoleOptions, model: string): Promise<WatchView> {
  const { pipelines } = await options.catalogue();
  const series = await Promise.all(
    pipelines.flatMap((pipeline) => {
      const watching = pipeline.tasks.filter((task) => task.watches === model);
      if (watching.length === 0) return [];
      const runs = latestRuns(pipeline.id, RUNS);
      return watching.map(async (task) => seriesOf(pipeline.id, task, await runs));
    }),
  );
  return { series: series.filter(({ points }) => points.length > 0) };
}

async function seriesOf(
  pipeline: string,
  task: CatalogueTask,
  runs: readonly RunRow[],
): Promise<WatchSeries> {
  const found = await Promise.all(
    runs.map(async (run) => {
      const record = await orchestrationTable().get<TaskRecord>(taskKey(run.runId, task.id));
      const out = record?.status === 'success' ? record.result?.out : undefined;
      return out === undefined ? undefined : { run, out };
    }),
  );
  const kind = task.contract === 'measure-decay' ? 'decay' : 'drift';
  const known = found.flatMap((one) => {
    const point = one === undefined ? undefined : pointOf(one.run, kind, one.out);
    return one === undefined || point === undefined ? [] : [{ point, out: one.out }];
  });
  return {
    pipeline,
    task: task.id,
    kind,
    metric: textOr(member(known[0]?.out, 'metric')),
    points: known.map(({ point }) => point).reverse(),
  };
}

function pointOf(run: RunRow, kind: WatchSeries['kind'], out: Json): WatchPoint | undefined {
  const value = numberOr(member(out, kind === 'decay' ? 'current' : 'driftedShare'));
  // Of a task that was written by another version.
  if (value === null) return undefined;
  return {
    runId: run.runId,
    logicalDate: run.logicalDate,
    alarmed: member(out, kind === 'decay' ? 'decayed' : 'drifted') === true,
    reason: textOr(member(out, 'reason')) ?? '',
    value,
    low: numberOr(member(out, 'low')),
    high: numberOr(member(out, 'high')),
    baseline: numberOr(member(out, 'baseline')),
    report: keyOf(textOr(member(member(out, 'report'), 'uri'))),
  };
}
