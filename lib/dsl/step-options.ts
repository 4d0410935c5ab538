import type { TriggerRule } from '../model/task-node';

export interface AnyTask {
  /** Id with its groups. */
  readonly taskId: string;
}

/** Options that every task takes. */
export interface StepOptions {
  /** @default all_success */
  readonly triggerRule?: TriggerRule;
  /** Tasks to wait for without taking data from them. */
  readonly after?: readonly AnyTask[];
  /** Shown in the console and in graphs. */
  readonly docs?: string;
}
