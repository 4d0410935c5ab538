import { Cron } from 'croner';
import type { CompiledPipeline } from '../compiler/compile';
import type { JobSpec } from '../compiler/jobs';
import type { State } from '../compiler/asl';
import { ASSUMED_ITEMS, transitionsOf } from '../compiler/transitions';
import { estimateCost, type CostEstimate, type MachineRequests } from '../model/estimate';
import { fargateSize } from '../model/compute';
import { withMapped } from '../model/edges';
import type { PipelineModel } from '../model/pipeline';
import type { TaskNode } from '../model/task-node';
import type { Schedule } from '../model/schedule';

/** Begin and Finish: 256 MB and a fifth of a second each. */
const LIFECYCLE = ['begin', 'finish'].map((task) => ({
  task,
  memoryMb: 256,
  ephemeralMb: 512,
  seconds: 0.2,
}));

/** What is done before and after a job. */
const aroundJob = (task: string, calls: number) =>
  ['prepare', 'collect'].map((what) => ({
    task: `${what} ${task}`,
    memoryMb: 512,
    ephemeralMb: 512,
    seconds: 0.3,
    calls,
  }));

/** Calls of the launcher: slots of pools, runs of other pipelines. */
const LAUNCHER = { task: 'launcher', memoryMb: 256, ephemeralMb: 512, seconds: 0.2 };

/**
 * Cost of a run in which every task runs once, in a map once for each item; of a branch, both ways are counted. Of a sensor
 * it is one question.
 */
export function estimatePipeline(
  model: PipelineModel,
  compiled: CompiledPipeline,
  secondsOf: (task: string) => number,
): CostEstimate {
  const times = timesOf(model.tasks);
  const often = (task: string): number => times.get(task) ?? 1;
  const calls = compiled.functions.flatMap((spec) =>
    spec.tasks.map((task) => ({
      task,
      memoryMb: spec.memoryMb,
      ephemeralMb: spec.ephemeralMb,
      seconds: secondsOf(task),
      calls: often(task),
    })),
  );
  const onFargate = ({ compute }: JobSpec): boolean =>
    compute.service === 'fargate' || (compute.service === 'batch' && compute.gpu === 0);
  return estimateCost({
    calls: [
      ...LIFECYCLE,
      ...calls,
      ...compiled.jobs.flatMap(({ task }) => aroundJob(task, often(task))),
      { ...LAUNCHER, calls: countOf(compiled, (_name, state) => (asksLauncher(state) ? 1 : 0)) },
    ],
    containers: compiled.jobs.filter(onFargate).map(({ task, compute }) => ({
      task,
      ...(fargateSize(compute.cpu, compute.memoryMb) ?? compute),
      seconds: secondsOf(task),
      calls: often(task),
    })),
    unpriced: [
      ...compiled.jobs
        .filter((job) => !onFargate(job))
        .map(({ task, compute }) => `${task} (${compute.instanceType ?? compute.service})`),
      ...withMapped(model.tasks).flatMap((task) =>
        task.kind === 'query' ? [`${task.id} (${task.engine})`] : [],
      ),
    ],
    machine: requestsOf(compiled),
    transitions: transitionsOf(compiled.definition),
    runsPerMonth: runsPerMonth(model.schedule),
  });
}

/** How often each task of a map runs: for a list that is known before the run, or for some items. */
function timesOf(
  tasks: readonly TaskNode[],
  outer = 1,
  found = new Map<string, number>(),
): Map<string, number> {
  for (const task of tasks) {
    found.set(task.id, outer);
    if (task.kind !== 'map') continue;
    const { items } = task;
    const known =
      items.kind === 'array'
        ? items.items.length
        : items.kind === 'literal' && Array.isArray(items.value)
          ? items.value.length
          : ASSUMED_ITEMS;
    timesOf(task.tasks, outer * known, found);
  }
  return found;
}

type Weigh = (name: string, state: State) => number;

function countOf({ definition }: CompiledPipeline, weigh: Weigh): number {
  return transitionsOf(definition, weigh);
}

function requestsOf(compiled: CompiledPipeline): MachineRequests {
  const of =
    (pattern: RegExp): Weigh =>
    (_name, state) =>
      state.Type === 'Task' && pattern.test(state.Resource) ? 1 : 0;
  return {
    writes: countOf(compiled, of(/:dynamodb:(?:updateItem|putItem|deleteItem)\b/)),
    reads: countOf(compiled, of(/:dynamodb:getItem\b/)),
    events: countOf(compiled, (_name, state) =>
      state.Type === 'Task' && state.Resource.endsWith(':events:putEvents')
        ? (state.Arguments as { readonly Entries: readonly unknown[] }).Entries.length
        : 0,
    ),
  };
}

function asksLauncher(state: State): boolean {
  return (
    state.Type === 'Task' &&
    (state.Arguments as { readonly FunctionName?: unknown } | undefined)?.FunctionName === '${Launcher}'
  );
}

/** Starts in a month of 30 days. */
export function runsPerMonth(schedule: Schedule): number | null {
  switch (schedule.kind) {
    case 'none':
    case 'once':
      return null;
    case 'interval':
      return (30 * 86_400) / schedule.seconds;
    case 'cron': {
      const from = new Date('2026-01-01T00:00:00Z');
      const until = from.getTime() + 360 * 86_400_000;
      let count = 0;
      const cron = new Cron(schedule.expression, { paused: true, timezone: schedule.timeZone });
      for (
        let next = cron.nextRun(from);
        next !== null && next.getTime() < until && count < 20_000;
        next = cron.nextRun(next)
      )
        count++;
      return Math.round((count / 12) * 100) / 100;
    }
  }
}
