import { addStep } from './base';
import type { StepOptions } from './step-options';
import type { TaskHandle } from './task';

/** Does nothing: where several ways come together, or part. */
export function join(id: string, options: StepOptions = {}): TaskHandle<null> {
  return addStep('join', id, options, (base) => ({ ...base, kind: 'empty' }));
}
