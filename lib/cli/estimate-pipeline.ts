import { Cron } from 'croner';
import type { CompiledPipeline } from '../compiler/compile';
import type { JobSpec } from '../compiler/jobs';
import { transitionsOf } from '../compiler/transitions';
import { estimateCost, type CostEstimate } from '../compiler/estimate';
import { fargateSize } from '../model/compute';
import type { PipelineModel } from '../model/pipeline';
import type { Schedule } from '../model/schedule';

/** Begin and Finish: 256 MB and a fifth of a second each. */
const LIFECYCLE = ['begin', 'finish'].map((task) => ({
  task,
  memoryMb: 256,
  ephemeralMb: 512,
  seconds: 0.2,
}));

/** What is done before and after a job. */
const aroundJob = (task: string) =>
  ['prepare', 'collect'].map((what) => ({
    task: `${what} ${task}`,
    memoryMb: 512,
    ephemeralMb: 512,
    seconds: 0.3,
  }));

/** Cost of a run in which every task runs once; of a branch, both ways are counted. */
export function estimatePipeline(
  model: PipelineModel,
  compiled: CompiledPipeline,
  secondsOf: (task: string) => number,
): CostEstimate {
  const calls = compiled.functions.flatMap((spec) =>
    spec.tasks.map((task) => ({
      task,
      memoryMb: spec.memoryMb,
      ephemeralMb: spec.ephemeralMb,
      seconds: secondsOf(task),
    })),
  );
  const onFargate = ({ compute }: JobSpec): boolean =>
    compute.service === 'fargate' || (compute.service === 'batch' && compute.gpu === 0);
  return estimateCost({
    calls: [...LIFECYCLE, ...calls, ...compiled.jobs.flatMap(({ task }) => aroundJob(task))],
    containers: compiled.jobs.filter(onFargate).map(({ task, compute }) => ({
      task,
      ...(fargateSize(compute.cpu, compute.memoryMb) ?? compute),
      seconds: secondsOf(task),
    })),
    unpriced: compiled.jobs
      .filter((job) => !onFargate(job))
      .map(({ task, compute }) => `${task} (${compute.instanceType ?? compute.service})`),
    transitions: transitionsOf(compiled.definition),
    runsPerMonth: runsPerMonth(model.schedule),
  });
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
