import { addStep } from './base';
import { toValue, type Condition, type Ref } from './ref';
import type { StepOptions } from './step-options';
import type { TaskHandle } from './task';

/**
 * Goes on only if a condition holds: otherwise it ends as skipped, and so does what is after it, as far as trigger rules
 * let skips through.
 */
export function shortCircuit(
  id: string,
  condition: Condition | Ref<boolean>,
  options: StepOptions = {},
): TaskHandle<boolean> {
  return addStep('shortCircuit', id, options, (base) => ({
    ...base,
    kind: 'short-circuit',
    condition: toValue(condition),
  }));
}
