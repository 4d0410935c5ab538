/**
 * Writes the states of a task that runs in a container. They are the only branch of a Parallel, so that the task's retries
 * begin with `prepare`, which finds a job that still runs, and not with the start of a second one:
 *
 *   prepare ─▶ run (.sync) ─▶ collect        `run` fails ─▶ watch, until the job has really ended ─▶ collect
 *      │  └──▶ watch ─▶ collect              a job of an earlier attempt runs
 *      └─────▶ done                          the task has succeeded in this run
 *
 * `prepare`, `watch` and `collect` are calls of one function of the stage (lambdas/jobs).
 */
import type { Json, JsonObject } from '../model/json';
import type { ContainerTask, ContractTask } from '../model/task-node';
import type { State } from './asl';
import type { CompileContext } from './compile-context';
import {
  announcementsOf,
  cacheOf,
  catchersOf,
  namedErrorsOf,
  retriesOf,
  SERVICE_RETRY,
  taskName,
  type TaskPath,
} from './emit-task';
import { identityOf, JOB_INTEGRATIONS } from './job-arguments';
import { jobSubstitutionOf, type JobTask } from './jobs';
import { valueToJson, wrap, type Lookup } from './jsonata';
import { stateNameOf, summaryOf } from './names';
import type { Scope } from './scope';

/** Seconds from one look at a job to the next, and at most so many looks: each is part of the execution's history. */
const LEAST_INTERVAL_SECONDS = 5;
const MAX_LOOKS = 2000;
/** How a service is asked again that is asked too often; on its own account, as the task has not begun. */
const BUSY = {
  IntervalSeconds: 2,
  MaxAttempts: 6,
  BackoffRate: 2,
  MaxDelaySeconds: 60,
  JitterStrategy: 'FULL',
};
/** Looks beyond the timeout: stopping a job takes its time. */
const SPARE_LOOKS = 60;

export function emitJob(
  context: CompileContext,
  task: JobTask,
  scope: Scope,
  lookup: Lookup,
  path: TaskPath,
): void {
  const name = stateNameOf(task.id);
  const plan = `${path.variable}__job`;
  const end = `${path.variable}__end`;
  const { resource, busy, arguments: argumentsFor } = JOB_INTEGRATIONS[task.compute.service];
  const states = {
    prepare: `prepare ${name}`,
    route: `${name} begins?`,
    done: `${name} is done`,
    run: `run ${name}`,
    watch: `watch ${name}`,
    collect: `collect ${name}`,
  };
  const about = aboutJob(context, task);
  const event = eventOf(context, task, scope, lookup);
  const call = (action: string, further: JsonObject): Json => ({
    FunctionName: '${Jobs}',
    Payload: { action, ...about, ...further },
  });
  const then = { plan: wrap(`$${plan}`), end: wrap(`$${end}`) };
  const interval = Math.max(LEAST_INTERVAL_SECONDS, Math.ceil(task.timeoutSeconds / MAX_LOOKS));
  const branch: Record<string, State> = {
    [states.prepare]: {
      Type: 'Task',
      Comment: 'Writes the input, and looks for a job that still runs',
      Resource: 'arn:aws:states:::lambda:invoke',
      TimeoutSeconds: 70,
      Arguments: call('prepare', { event: { ...event, input: valueToJson(task.input, lookup) } }),
      Assign: { [plan]: '{% $states.result.Payload %}', [end]: { status: 'unknown' } },
      Output: {},
      Retry: [SERVICE_RETRY],
      Next: states.route,
    },
    [states.route]: {
      Type: 'Choice',
      Choices: [
        { Condition: wrap(`$${plan}.how = "start"`), Next: states.run },
        { Condition: wrap(`$${plan}.how = "watch"`), Next: states.watch },
      ],
      Default: states.done,
    },
    [states.run]: {
      Type: 'Task',
      Comment: `Runs it on ${task.compute.service}`,
      Resource: resource,
      TimeoutSeconds: task.timeoutSeconds,
      Arguments: argumentsFor({ task, scope, lookup, plan, pipeline: context.model.id }),
      Assign: { [end]: { status: 'succeeded' } },
      Output: {},
      Retry: [{ ErrorEquals: [...busy], ...BUSY }],
      Catch: [
        {
          ErrorEquals: ['States.ALL'],
          Assign: { [end]: { status: 'unknown', error: '{% $states.errorOutput.Error %}' } },
          Output: {},
          Next: states.watch,
        },
      ],
      Next: states.collect,
    },
    [states.watch]: {
      Type: 'Task',
      Comment: 'Looks whether the job has ended; stops it when its time is up',
      Resource: 'arn:aws:states:::lambda:invoke',
      TimeoutSeconds: 70,
      Arguments: call('watch', { event: { ...event, input: null }, ...then }),
      Assign: { [end]: '{% $states.result.Payload %}' },
      Output: {},
      Retry: [
        SERVICE_RETRY,
        {
          ErrorEquals: ['Millrace.NotReady'],
          IntervalSeconds: interval,
          MaxAttempts: Math.ceil(task.timeoutSeconds / interval) + SPARE_LOOKS,
          BackoffRate: 1,
        },
      ],
      Next: states.collect,
    },
    [states.collect]: {
      Type: 'Task',
      Comment: 'Checks the output and records how it ended',
      Resource: 'arn:aws:states:::lambda:invoke',
      TimeoutSeconds: 70,
      Arguments: call('collect', { event: { ...event, input: null }, ...then }),
      Output: '{% $states.result.Payload %}',
      Retry: [SERVICE_RETRY],
      End: true,
    },
    [states.done]: { Type: 'Succeed', Output: wrap(`$${plan}.result`) },
  };
  scope.states[name] = {
    Type: 'Parallel',
    Comment: summaryOf(task),
    Branches: [{ StartAt: states.prepare, States: branch }],
    Assign: { [path.variable]: '{% $states.result[0] %}' },
    Output: {},
    Retry: retriesOf(task),
    ...(context.model.failureMode === 'failFast' ? {} : { Catch: catchersOf(path) }),
    Next: path.next,
  };
}

/** As a function of the task would get it, without the input. */
function eventOf(context: CompileContext, task: JobTask, scope: Scope, lookup: Lookup): JsonObject {
  const { each, run, execution, redrive } = scope.surroundings;
  return {
    task: each === undefined ? task.id : wrap(taskName(task.id, scope)),
    run: wrap(`$${run}`),
    attempt: 0,
    execution: wrap(`$${execution}`),
    redrive: wrap(`$${redrive}`),
    returns: { ...context.returns.get(task.id) },
    ...namedErrorsOf(task),
    ...(task.kind === 'task' ? cacheOf(task) : cacheOfImage(task, lookup)),
    ...announcementsOf(task, lookup),
  };
}

function cacheOfImage(task: ContainerTask, lookup: Lookup): JsonObject {
  if (task.cache === undefined) return {};
  return { cache: { seconds: task.cache.seconds, environment: identityOf({ task, lookup }) } };
}

function aboutJob(context: CompileContext, task: JobTask): JsonObject {
  const { service, gpu, namespace } = task.compute;
  const token = jobSubstitutionOf(task.id);
  const where = {
    fargate: '${JobCluster}',
    batch: gpu > 0 ? '${JobGpuQueue}' : '${JobQueue}',
    sagemaker: 'sagemaker',
    kubernetes: '${KubernetesCluster}',
  }[service];
  return {
    place: {
      service,
      where,
      ...(service === 'fargate' ? { family: `\${${token}}` } : {}),
      ...(service === 'kubernetes' ? { namespace: namespace ?? 'default' } : {}),
      logGroup: service === 'sagemaker' ? '/aws/sagemaker/TrainingJobs' : `\${${token}Logs}`,
    },
    timeoutSeconds: task.timeoutSeconds,
    memoryMb: task.compute.memoryMb,
    ...(task.kind === 'task'
      ? {
          handler: {
            bundle: `\${${token}Bundle}`,
            ...(task.native.length === 0 ? {} : { layer: '${HandlerLayer}' }),
            codeHash: `\${${token}CodeHash}`,
            service: context.model.id,
            ...environmentOf(task),
          },
        }
      : { outputSchema: task.outputSchema }),
    ...(task.kind === 'container' && task.skipOnExitCode !== undefined
      ? { skipOnExitCode: task.skipOnExitCode }
      : {}),
  };
}

/** What the task sets, and what a handler in Python is told besides as a function in Python is. */
function environmentOf({ contract, environment, python }: ContractTask): JsonObject {
  const all: JsonObject = {
    ...environment,
    ...(python === undefined ? {} : { MILLRACE_CONTRACT: contract }),
    ...(python?.tracking === undefined
      ? {}
      : {
          MILLRACE_TRACKING: python.tracking,
          MLFLOW_TRACKING_URI: '${MlflowUri}',
          MLFLOW_TRACKING_AWS_SIGV4: 'true',
        }),
  };
  return Object.keys(all).length === 0 ? {} : { environment: all };
}
