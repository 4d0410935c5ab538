import type { Diagnostic } from '../diagnostic';
import { withMapped } from '../edges';
import type { PipelineModel } from '../pipeline';
import { errorsOf } from './errors-of';

/** What a machine asks of others must be nameable, and must not wait for itself. */
export function checkIntegrations(model: PipelineModel): Diagnostic[] {
  return withMapped(model.tasks).flatMap((task) => {
    const { found, add } = errorsOf(model, task);
    if (task.kind === 'trigger') {
      if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(task.pipeline))
        add('MR220', `'${task.pipeline}' is no id of a pipeline.`, "Write it like 'credit-risk'.");
      if (task.wait && task.pipeline === model.id)
        add(
          'MR221',
          'It waits for a run of its own pipeline.',
          'Leave out wait, or trigger another pipeline.',
        );
    }
    if (task.kind === 'call') {
      if (!/^[a-z][a-z0-9]*$/.test(task.service) || !/^[a-z][A-Za-z0-9]*$/.test(task.action))
        add(
          'MR222',
          `'${task.service}:${task.action}' is no call as Step Functions names it.`,
          "Write the service in small letters, the action like 'listObjectsV2'.",
        );
      if (task.permissions.some(({ actions }) => actions.some((action) => action.includes('*'))))
        add('MR223', 'It asks for all actions of a service.', 'Name the IAM actions one by one.');
    }
    return found;
  });
}
