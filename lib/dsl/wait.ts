import { addStep } from './base';
import { toValue, type Ref } from './ref';
import type { StepOptions } from './step-options';
import type { TaskHandle } from './task';

/** Waits for a number of seconds: `wait('settle', minutes(10))`. Costs nothing while it waits. */
export function wait(id: string, seconds: number | Ref<number>, options: StepOptions = {}): TaskHandle<null> {
  return addStep('wait', id, options, (base) => ({
    ...base,
    kind: 'wait',
    until: 'elapsed',
    time: toValue(seconds),
  }));
}

/** Waits until an ISO 8601 instant, not at all if it has passed: ``waitUntil('six', text`${run.ds}T06:00:00Z`)``. */
export function waitUntil(
  id: string,
  instant: string | Ref<string>,
  options: StepOptions = {},
): TaskHandle<null> {
  return addStep('waitUntil', id, options, (base) => ({
    ...base,
    kind: 'wait',
    until: 'instant',
    time: toValue(instant),
  }));
}
