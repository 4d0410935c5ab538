import { z } from 'zod';
import type { Alerts, Channel, LogTrigger } from '../model/alerts';
import type { JsonObject } from '../model/json';
import type { PipelineModel } from '../model/pipeline';
import type { Schedule, Trigger } from '../model/schedule';
import type { BranchTask, TriggerRule } from '../model/task-node';
import { upstreamOf } from '../model/edges';
import type { RunField } from '../model/value';
import { Builder, currentBuilder, withBuilder } from './builder';
import { callPlace } from './call-place';
import { refTo, toValue, type Condition, type Ref } from './ref';
import { retryOf, type RetryOptions } from './retries';
import { handleOf, type AnyTask, type TaskHandle } from './task';
import { deadlineOf, type DeadlineOptions } from './work-options';

export interface PipelineProps<Params extends z.ZodObject> {
  /** Kebab case, unique in the project. */
  readonly id: string;
  readonly description: string;
  /** @default none */
  readonly owner?: string;
  /** @default none: starts by hand or by a trigger only */
  readonly schedule?: Schedule;
  /** @default none */
  readonly triggers?: readonly Trigger[];
  /** ISO date of the first data interval. */
  readonly startDate?: string;
  readonly endDate?: string;
  /** Runs missed intervals after a deployment. @default false */
  readonly catchup?: boolean;
  /**
   * What a scheduled run calls its logical date: the start of its data interval, or the moment at which it becomes due.
   * @default interval-start
   */
  readonly logicalDate?: 'interval-start' | 'run-time';
  /** @default 16 */
  readonly maxActiveRuns?: number;
  /** Tasks that run at the same time, over all runs of the pipeline. @default no limit */
  readonly maxActiveTasks?: number;
  /** @default false */
  readonly dependsOnPast?: boolean;
  /** @default no params */
  readonly params?: Params;
  readonly defaults?: {
    /** @default 0 */
    readonly retries?: NonNullable<RetryOptions['retries']>;
    /** Seconds. @default 300 */
    readonly retryDelay?: number;
    /** @default 1 */
    readonly backoff?: number;
    readonly maxRetryDelay?: number;
    /** @default false */
    readonly jitter?: boolean;
    /** Seconds. @default the contract's */
    readonly timeout?: number;
  };
  /** After a failure other branches go on (`continue`), or everything stops (`failFast`). @default continue */
  readonly failureMode?: 'continue' | 'failFast';
  /** Seconds a whole run may take. @default 7 days */
  readonly runTimeout?: number;
  readonly tags?: readonly string[];
  /** Who is told when a run fails, times out or is stopped: `[alarmTopic, slack(secret('risk-ml-webhook'))]`. @default nobody */
  readonly onFailure?: readonly Channel[];
  /** Who is told when a run succeeds. @default nobody */
  readonly onSuccess?: readonly Channel[];
  /** Who is told when a task is tried again. @default nobody */
  readonly onRetry?: readonly Channel[];
  /** A run should have ended so many seconds after its start, or its logical date. @default no deadline */
  readonly deadline?: DeadlineOptions;
  /** What is done when a line of a task's log has a text: `[onLog('CUDA out of memory', { rerun: 1 })]`. @default nothing */
  readonly onLog?: readonly LogTrigger[];
  /**
   * What a run on one machine has in place of the world around it; nothing of it is deployed. `after` names pipelines that
   * make what this one reads: `millrace run` runs first those that have never succeeded here. `beside` is a program that
   * stands in for outside services and clients: docs/guides/local-world.md. @default nothing
   */
  readonly local?: {
    readonly after?: readonly string[];
    readonly beside?: { readonly command: string; readonly args?: readonly string[]; readonly cwd?: string };
  };
}

export interface BranchOptions {
  readonly triggerRule?: TriggerRule;
  readonly docs?: string;
  readonly after?: readonly AnyTask[];
}

export interface BodyTools<Params> {
  /** The params of the run. */
  readonly params: { readonly [Key in keyof Params]-?: Ref<Params[Key]> };
  /** The run itself: `run.ds`, `run.id`, `run.logicalDate`. */
  readonly run: { readonly [Field in RunField]: Ref<string> };
  /** Names what the body makes: `train/random-forest`. */
  readonly group: <T>(id: string, body: () => T) => T;
  /** Takes one of two ways; the tasks of the other are skipped. */
  readonly branch: (
    id: string,
    condition: Condition | Ref<boolean>,
    ways: { readonly yes?: () => unknown; readonly no?: () => unknown },
    options?: BranchOptions,
  ) => TaskHandle<string>;
}

/** What `pipeline(…)` returns and a file in `pipelines/` exports. */
export interface PipelineDefinition {
  readonly kind: 'pipeline';
  readonly model: PipelineModel;
  /** `file:line` of the definition. */
  readonly place: string;
}

const RUN_TIMEOUT_SECONDS = 7 * 86_400;

export function pipeline<Params extends z.ZodObject = z.ZodObject<Record<string, never>>>(
  props: PipelineProps<Params>,
  body: (tools: BodyTools<z.output<Params>>) => unknown,
): PipelineDefinition {
  const place = callPlace();
  const { defaults = {} } = props;
  const builder = new Builder({
    retry: retryOf({ retries: 0, delaySeconds: 300, backoffRate: 1, jitter: false }, defaults),
    ...(defaults.timeout === undefined ? {} : { timeoutSeconds: defaults.timeout }),
  });
  const returned = withBuilder(builder, () => body(toolsFor<z.output<Params>>()));
  const params: z.ZodType = props.params ?? z.object({});
  const model: PipelineModel = {
    id: props.id,
    description: props.description,
    ...(props.owner === undefined ? {} : { owner: props.owner }),
    tags: props.tags ?? [],
    schedule: props.schedule ?? { kind: 'none' },
    triggers: props.triggers ?? [],
    ...(props.startDate === undefined ? {} : { startDate: props.startDate }),
    ...(props.endDate === undefined ? {} : { endDate: props.endDate }),
    catchup: props.catchup ?? false,
    ...(props.logicalDate === undefined ? {} : { logicalDate: props.logicalDate }),
    maxActiveRuns: props.maxActiveRuns ?? 16,
    ...(props.maxActiveTasks === undefined ? {} : { maxActiveTasks: props.maxActiveTasks }),
    dependsOnPast: props.dependsOnPast ?? false,
    failureMode: props.failureMode ?? 'continue',
    runTimeoutSeconds: props.runTimeout ?? RUN_TIMEOUT_SECONDS,
    ...pipelineAlertsOf(props),
    paramsSchema: z.toJSONSchema(params, { io: 'input' }) as JsonObject,
    ...resultOf(returned),
    ...localOf(props.local),
    tasks: builder.tasks,
    groups: builder.groups,
  };
  return Object.freeze({ kind: 'pipeline', model: deepFreeze(model), place });
}

/** References, and objects and lists of them, become the result of a run; whatever else a body happens to return does not. */
function resultOf(returned: unknown): Pick<PipelineModel, 'result'> {
  if (returned === undefined || returned === null) return {};
  try {
    const result = toValue(returned);
    return result.kind === 'literal' ? {} : { result };
  } catch {
    return {};
  }
}

function localOf(local: PipelineProps<z.ZodObject>['local']): Pick<PipelineModel, 'local'> {
  if (local === undefined) return {};
  const { after = [], beside } = local;
  return { local: { after, ...(beside === undefined ? {} : { beside: { args: [], ...beside } }) } };
}

function pipelineAlertsOf({
  onFailure,
  onSuccess,
  onRetry,
  deadline,
  onLog,
}: Pick<PipelineProps<z.ZodObject>, 'onFailure' | 'onSuccess' | 'onRetry' | 'deadline' | 'onLog'>): Pick<
  PipelineModel,
  'alerts'
> {
  const alerts: Alerts = {
    ...(onFailure === undefined ? {} : { onFailure }),
    ...(onSuccess === undefined ? {} : { onSuccess }),
    ...(onRetry === undefined ? {} : { onRetry }),
    ...(onLog === undefined || onLog.length === 0 ? {} : { log: onLog }),
    ...(deadline === undefined ? {} : { deadline: deadlineOf(deadline, onFailure) }),
  };
  return Object.keys(alerts).length === 0 ? {} : { alerts };
}

function toolsFor<Params>(): BodyTools<Params> {
  return {
    params: new Proxy({} as BodyTools<Params>['params'], {
      get: (_target, key) => refTo({ kind: 'param', path: [String(key)] }),
    }),
    run: new Proxy({} as BodyTools<Params>['run'], {
      get: (_target, key) => refTo<string>({ kind: 'run', field: String(key) as RunField }),
    }),
    group: (id, groupBody) => currentBuilder(`group('${id}')`).inGroup(id, groupBody),
    branch: (id, condition, ways, options = {}) => {
      const builder = currentBuilder(`branch('${id}')`);
      const taskId = builder.qualify(id);
      const group = builder.group;
      const node: BranchTask = {
        kind: 'branch',
        id: taskId,
        ...(group === undefined ? {} : { group }),
        after: (options.after ?? []).map((task) => task.taskId),
        triggerRule: options.triggerRule ?? 'all_success',
        ...(options.docs === undefined ? {} : { docs: options.docs }),
        place: callPlace(),
        condition: toValue(condition),
      };
      builder.add(node, upstreamOf(node));
      if (ways.yes !== undefined) builder.inChoice(taskId, 'yes', ways.yes);
      if (ways.no !== undefined) builder.inChoice(taskId, 'no', ways.no);
      return handleOf<string>(taskId);
    },
  };
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const member of Object.values(value)) deepFreeze(member);
  }
  return value;
}
