/** All pipelines: when they start, how they fared lately, who waits. */
import { readState } from '../../orchestration/pipeline-state';
import { readQueue } from '../../orchestration/queue';
import { readSlots } from '../../orchestration/slots';
import { Timetable } from '../../orchestration/timetable';
import type { PipelineList, PipelineRow } from '../views/pipelines';
import type { RunRow } from '../views/run-rows';
import type { Catalogue, CataloguePipeline } from '../catalogue';
import type { ConsoleOptions } from '../console-options';
import { describeSchedule, describeTrigger } from '../describe-schedule';
import { deployedMachines } from './deployed';
import { latestRuns } from './run-rows';

export const RECENT = 30;

export async function listPipelines({ catalogue, now }: ConsoleOptions): Promise<PipelineList> {
  const [known, machines] = await Promise.all([catalogue(), deployedMachines()]);
  const rows = await Promise.all(
    pipelinesOf(known, machines).map((pipeline) => rowOf(pipeline, machines, now())),
  );
  return { pipelines: rows.sort((a, b) => (a.id < b.id ? -1 : 1)), faults: known.failures };
}

/** Those of the catalogue, and those that are deployed and in no catalogue any more. */
export function pipelinesOf(
  known: Catalogue,
  machines: ReadonlyMap<string, string>,
): readonly CataloguePipeline[] {
  const ids = new Set(known.pipelines.map((pipeline) => pipeline.id));
  const others = [...machines.keys()].filter((id) => !ids.has(id));
  return [...known.pipelines, ...others.map(strangerOf)];
}

function strangerOf(id: string): CataloguePipeline {
  return {
    id,
    description: 'Deployed, but no file defines it any more.',
    file: '',
    machine: '',
    schedule: { kind: 'none' },
    triggers: [],
    startDate: null,
    endDate: null,
    catchup: false,
    maxActiveRuns: 16,
    tasks: [],
    functions: [],
    paramsSchema: {},
    notices: [],
  };
}

export async function rowOf(
  pipeline: CataloguePipeline,
  machines: ReadonlyMap<string, string>,
  now: Date,
): Promise<PipelineRow> {
  const [state, queue, slots, runs] = await Promise.all([
    readState(pipeline.id),
    readQueue(pipeline.id),
    readSlots(pipeline.id),
    latestRuns(pipeline.id, RECENT),
  ]);
  const paused = state.paused === true;
  return {
    id: pipeline.id,
    description: pipeline.description,
    owner: pipeline.owner ?? null,
    tags: pipeline.tags ?? [],
    file: pipeline.file,
    schedule: describeSchedule(pipeline.schedule),
    triggers: pipeline.triggers.map(describeTrigger),
    nextRun: paused ? null : nextRun(pipeline, now),
    deployed: machines.has(pipeline.id),
    paused,
    pausedBy: paused ? (state.by ?? null) : null,
    pausedWhy: paused && state.why !== '' ? (state.why ?? null) : null,
    queued: queue.length,
    active: Object.keys(slots.holders).length,
    recent: [...runs].reverse(),
    successRate: successRate(runs),
    medianMs: medianMs(runs),
    paramsSchema: pipeline.paramsSchema,
  };
}

function nextRun(pipeline: CataloguePipeline, now: Date): string | null {
  const tick = new Timetable({
    schedule: pipeline.schedule,
    ...(pipeline.startDate === null ? {} : { startDate: pipeline.startDate }),
    ...(pipeline.endDate === null ? {} : { endDate: pipeline.endDate }),
    catchup: pipeline.catchup,
    logicalDate: 'interval-start',
    maxActiveRuns: pipeline.maxActiveRuns,
    dependsOnPast: false,
  }).next(now.getTime());
  return tick === undefined ? null : new Date(tick.due).toISOString();
}

/** Of the runs that have ended; `null` without any. */
export function successRate(runs: readonly RunRow[]): number | null {
  const ended = runs.filter((run) => run.status !== 'running');
  return ended.length === 0 ? null : ended.filter((run) => run.status === 'success').length / ended.length;
}

/** Of the runs that succeeded, as failures end early; `null` without any. */
export function medianMs(runs: readonly RunRow[]): number | null {
  const lengths = runs
    .filter((run) => run.status === 'success' && run.endedAt !== undefined)
    .map((run) => Date.parse(run.endedAt ?? '') - Date.parse(run.startedAt))
    .sort((a, b) => a - b);
  const middle = Math.floor(lengths.length / 2);
  const upper = lengths[middle];
  if (upper === undefined) return null;
  return lengths.length % 2 === 1 ? upper : ((lengths[middle - 1] ?? upper) + upper) / 2;
}
