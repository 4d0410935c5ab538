import { addStep } from './base';
import { currentBuilder } from './builder';
import { hours } from './durations';
import { refTo, toValue, type InputArg, type Ref } from './ref';
import type { TaskHandle } from './task';
import { workOf, type WorkOptions } from './work-options';

/** Datasets are updated by the tasks of the other pipeline. */
export interface TriggerOptions extends Omit<
  WorkOptions,
  'outlets' | 'partitionKey' | 'onRetry' | 'deadline'
> {
  /** Id of the other pipeline. */
  readonly pipeline: string;
  /** @default the defaults of its params */
  readonly params?: InputArg<Readonly<Record<string, unknown>>>;
  /** @default the logical date of this run */
  readonly logicalDate?: string | Ref<string>;
  /** Waits for its end, and fails when it fails. @default false */
  readonly wait?: boolean;
  /** Seconds it waits at most. @default 24 hours */
  readonly timeout?: number;
}

export interface Triggered {
  readonly runId: string;
  readonly executionArn: string;
}

/** Starts a run of another pipeline. A retry or a rerun of this task means the same run of the other pipeline. */
export function triggerPipeline(id: string, options: TriggerOptions): TaskHandle<Triggered> {
  const { defaults } = currentBuilder(`triggerPipeline('${id}')`);
  return addStep('triggerPipeline', id, options, (base) => ({
    ...base,
    kind: 'trigger',
    pipeline: options.pipeline,
    params: toValue(options.params ?? {}),
    logicalDate: toValue(options.logicalDate ?? refTo<string>({ kind: 'run', field: 'logicalDate' })),
    wait: options.wait ?? false,
    timeoutSeconds: options.timeout ?? hours(24),
    ...workOf(defaults.retry, options),
  }));
}
