/** Options that every task takes that does something outside of the machine, whatever its kind. */
import type { Deadline, TaskAlerts } from '../model/alerts';
import type { PoolDefinition } from '../model/pool';
import type { Work } from '../model/task-node';
import { toValue, type Ref } from './ref';
import { retryOf, type RetryOptions } from './retries';
import type { StepOptions } from './step-options';

export interface DeadlineOptions {
  readonly after: number;
  /** @default start */
  readonly from?: Deadline['from'];
  /** Who is told when it is missed. @default those of onFailure, else the alarm topic */
  readonly channels?: Deadline['channels'];
}

/** As the model has it. */
export function deadlineOf(
  { after, from = 'start', channels }: DeadlineOptions,
  onFailure: TaskAlerts['onFailure'],
): Deadline {
  return { seconds: after, from, channels: channels ?? onFailure ?? [{ kind: 'topic' }] };
}

export interface WorkOptions extends StepOptions, RetryOptions {
  /** At most so many of this task at the same time, over all runs and the items of a map. @default no limit */
  readonly maxActive?: number;
  /** It waits for a slot of a pool, and holds it through its retries. @default none */
  readonly pool?: PoolDefinition;
  /** Slots of the pool that it takes. @default 1 */
  readonly poolSlots?: number;
  /** Datasets that its success updates: pipelines with `datasetUpdated('orders')` start. @default none */
  readonly outlets?: readonly string[];
  /** Which part of them it updates, 1 to 256 characters: a region, the item of a map. @default not one part */
  readonly partitionKey?: string | Ref<string>;
  /** Who is told when it has failed for good. @default nobody */
  readonly onFailure?: TaskAlerts['onFailure'];
  /** @default nobody */
  readonly onSuccess?: TaskAlerts['onSuccess'];
  /** Who is told when it is tried again. @default the pipeline's */
  readonly onRetry?: TaskAlerts['onRetry'];
  /** It should have ended so many seconds after the start of its run, or the logical date. @default no deadline */
  readonly deadline?: DeadlineOptions;
}

/** Of tasks whose output may be used again by later runs. */
export interface CacheOption {
  /**
   * The result of an earlier run with the same code and the same input will do, for so many seconds. For tasks whose output
   * follows from their input alone. @default it always runs
   */
  readonly cache?: { readonly for: number };
}

type Common = Pick<Work, 'retry' | 'maxActive' | 'pool' | 'outlets' | 'partitionKey' | 'alerts' | 'cache'>;

/** What the model has of these options. */
export function workOf(defaults: Work['retry'], options: WorkOptions & CacheOption): Common {
  const { maxActive, pool, poolSlots, outlets, partitionKey, cache } = options;
  return {
    retry: retryOf(defaults, options),
    ...(maxActive === undefined ? {} : { maxActive }),
    ...(pool === undefined ? {} : { pool: { name: pool.name, size: pool.slots, slots: poolSlots ?? 1 } }),
    ...(cache === undefined ? {} : { cache: { seconds: cache.for } }),
    ...(outlets === undefined ? {} : { outlets }),
    ...(partitionKey === undefined ? {} : { partitionKey: toValue(partitionKey) }),
    ...alertsIn(options),
  };
}

function alertsIn({ onFailure, onSuccess, onRetry, deadline }: WorkOptions): Pick<Work, 'alerts'> {
  const alerts: TaskAlerts = {
    ...(onFailure === undefined ? {} : { onFailure }),
    ...(onSuccess === undefined ? {} : { onSuccess }),
    ...(onRetry === undefined ? {} : { onRetry }),
    ...(deadline === undefined ? {} : { deadline: deadlineOf(deadline, onFailure) }),
  };
  return Object.keys(alerts).length === 0 ? {} : { alerts };
}
