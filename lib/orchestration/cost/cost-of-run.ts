/**
 * What a run costs on AWS, from what it did: transitions, calls and requests as the histories of its executions have them,
 * durations and memory as its tasks recorded them. A run of the local cloud is priced as if it had been on AWS.
 */
import {
  estimateCost,
  type BilledCall,
  type BilledContainer,
  type CostEstimate,
  type CostInput,
} from '../../model/estimate';
import { fargateSize } from '../../model/compute';
import type { RecordedRun } from '../read-run';
import type { TaskRecord } from '../task-record';
import { type CalledFunction, countHistory, type CountedHistory } from './count-history';
import { readHistory } from '../read-history';

interface PricedFunction {
  readonly name: string;
  readonly memoryMb: number;
  /** @default 512 */
  readonly ephemeralMb?: number;
  readonly tasks: readonly string[];
}

/** What is known of the functions and containers of a pipeline. */
export interface PricedPipeline {
  /** @default arm64 */
  readonly architecture?: CostInput['architecture'];
  readonly functions: readonly PricedFunction[];
  /** @default none */
  readonly jobs?: readonly {
    readonly task: string;
    readonly service: string;
    readonly cpu?: number;
    readonly memoryMb?: number;
    readonly gpu?: number;
  }[];
}

/** Functions of the stage itself: Begin, Finish, the launcher. */
const CORE_MB = 256;
/** A function whose end the machine did not wait for, seconds. */
const ASSUMED_SECONDS = 0.2;
/** `/tmp` that costs nothing. */
const FREE_MB = 512;

/** Services whose requests `estimateCost` has a price for, or that have their own below. */
const PRICED = new Set(['dynamodb', 'events', 'ecs', 'batch']);
/** Asking Step Functions, topics and queues costs nothing worth a line. */
const CHEAP = new Set(['states', 'sfn', 'sns', 'sqs']);

/** `undefined` when the history of one of its executions is gone, after 90 days. */
export async function costOfRun(
  run: RecordedRun,
  pipeline: PricedPipeline,
): Promise<CostEstimate | undefined> {
  const histories: CountedHistory[] = [];
  for (const execution of run.record.executions) {
    const events = await readHistory(execution);
    if (events === undefined) return undefined;
    histories.push(countHistory(events));
  }
  return estimateCost(inputOf(histories, run.tasks, pipeline));
}

/** Pure. */
export function inputOf(
  histories: readonly CountedHistory[],
  tasks: readonly TaskRecord[],
  pipeline: PricedPipeline,
): CostInput {
  const requests = (name: string): number =>
    histories.reduce((sum, history) => sum + (history.requests[name] ?? 0), 0);
  const containers = containersOf(tasks, pipeline);
  return {
    calls: callsOf(histories, tasks, pipeline),
    containers: containers.priced,
    unpriced: [...containers.unpriced, ...unpricedServices(histories)],
    machine: {
      writes: ['updateItem', 'putItem', 'deleteItem'].reduce(
        (sum, action) => sum + requests(`dynamodb:${action}`),
        0,
      ),
      reads: requests('dynamodb:getItem'),
      events: requests('events:putEvents'),
    },
    transitions: histories.reduce((sum, history) => sum + history.transitions, 0),
    ...(pipeline.architecture === undefined ? {} : { architecture: pipeline.architecture }),
    runsPerMonth: null,
  };
}

function callsOf(
  histories: readonly CountedHistory[],
  tasks: readonly TaskRecord[],
  { functions }: PricedPipeline,
): BilledCall[] {
  const records = new Map(tasks.map((record) => [record.task, record]));
  const calls = histories
    .flatMap((history) => history.functions)
    .map((call) => ({ ...call, spec: functions.find(({ name }) => name === call.name) }));
  // The record of a task is that of its last call; how long the others took the machine saw.
  const last = new Map(calls.flatMap((call, i) => (isOf(call) ? [[call.task, i] as const] : [])));
  return calls.map((call, i) => {
    const { name, task, seconds, spec } = call;
    const record = isOf(call) ? records.get(task ?? '') : undefined;
    const measured = last.get(task) === i ? record?.durationMs : undefined;
    return {
      task: task ?? name,
      memoryMb: spec?.memoryMb ?? CORE_MB,
      ephemeralMb: spec?.ephemeralMb ?? FREE_MB,
      seconds: measured === undefined ? (seconds ?? ASSUMED_SECONDS) : measured / 1000,
    };
  });
}

/** Other functions too are told of tasks: the launcher of those that wait for a slot. */
function isOf({ task, spec }: CalledFunction & { readonly spec: PricedFunction | undefined }): boolean {
  return task !== null && spec?.tasks.includes(withoutIndex(task)) === true;
}

function containersOf(
  tasks: readonly TaskRecord[],
  { jobs = [] }: PricedPipeline,
): { readonly priced: BilledContainer[]; readonly unpriced: string[] } {
  const priced: BilledContainer[] = [];
  const unpriced: string[] = [];
  for (const { task, job, durationMs = 0, cached } of tasks) {
    if (job === undefined || cached !== undefined) continue;
    const spec = jobs.find((one) => one.task === withoutIndex(task));
    const onFargate = job.service === 'fargate' || (job.service === 'batch' && spec?.gpu === 0);
    const size =
      onFargate && spec?.cpu !== undefined && spec.memoryMb !== undefined
        ? fargateSize(spec.cpu, spec.memoryMb)
        : undefined;
    if (size === undefined) unpriced.push(`${task} (${job.service})`);
    else priced.push({ task, ...size, seconds: durationMs / 1000, calls: job.number });
  }
  return { priced, unpriced };
}

/** Athena, Redshift and the like bill by what they read or how long they run, which the machine does not know. */
function unpricedServices(histories: readonly CountedHistory[]): string[] {
  const services = histories.flatMap(({ requests }) =>
    Object.keys(requests).map((name) => name.slice(0, name.lastIndexOf(':')).replace(/^aws-sdk:/, '')),
  );
  const known = new Set(['sagemaker', 'eks']);
  return [...new Set(services)].filter(
    (service) => !PRICED.has(service) && !CHEAP.has(service) && !known.has(service),
  );
}

/** `scores/score[3]` is an item of the task `scores/score`. */
function withoutIndex(task: string): string {
  return task.replace(/\[\d+\]$/, '');
}
