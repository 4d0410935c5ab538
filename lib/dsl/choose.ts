import { addStep } from './base';
import { currentBuilder } from './builder';
import { toValue, type Condition, type Ref } from './ref';
import type { StepOptions } from './step-options';
import type { TaskHandle } from './task';

export interface Case {
  readonly when: Condition | Ref<boolean>;
  /** Makes the tasks of the case. */
  readonly do: () => unknown;
}

export interface ChooseOptions extends StepOptions {
  readonly cases: Readonly<Record<string, Case>>;
  /** Makes the tasks that are for when no case holds; chosen under the name `otherwise`. */
  readonly otherwise?: () => unknown;
}

/**
 * Chooses every case whose condition holds, none or several; the tasks of the others are skipped.
 * Its output is the list of the chosen names.
 */
export function choose(id: string, options: ChooseOptions): TaskHandle<string[]> {
  const { cases, otherwise } = options;
  const handle = addStep<string[]>('choose', id, options, (base) => ({
    ...base,
    kind: 'choose',
    cases: Object.entries(cases).map(([choice, { when }]) => ({ choice, condition: toValue(when) })),
    ...(otherwise === undefined ? {} : { otherwise: 'otherwise' }),
  }));
  const builder = currentBuilder(`choose('${id}')`);
  for (const [choice, { do: body }] of Object.entries(cases)) builder.inChoice(handle.taskId, choice, body);
  if (otherwise !== undefined) builder.inChoice(handle.taskId, 'otherwise', otherwise);
  return handle;
}
