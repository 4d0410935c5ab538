/** What the builders of tasks without a contract have in common. */
import { upstreamOf } from '../model/edges';
import type { TaskNode } from '../model/task-node';
import { currentBuilder } from './builder';
import { callPlace } from './call-place';
import type { StepOptions } from './step-options';
import { handleOf, type TaskHandle } from './task';

type Base = Pick<TaskNode, 'id' | 'group' | 'after' | 'triggerRule' | 'docs' | 'place'>;

/** Adds a task to the pipeline under construction; `own` gives what its kind has besides the common part. */
export function addStep<Output>(
  builderName: string,
  id: string,
  options: StepOptions,
  own: (base: Base) => TaskNode,
): TaskHandle<Output> {
  const builder = currentBuilder(`${builderName}('${id}')`);
  const { group } = builder;
  const node = own({
    id: builder.qualify(id),
    ...(group === undefined ? {} : { group }),
    after: (options.after ?? []).map((task) => task.taskId),
    triggerRule: options.triggerRule ?? 'all_success',
    ...(options.docs === undefined ? {} : { docs: options.docs }),
    place: callPlace(),
  });
  builder.add(node, upstreamOf(node));
  return handleOf<Output>(node.id);
}
