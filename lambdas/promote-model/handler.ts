import { taskHandler } from '../../lib/runtime/task-handler';
import { promoteModel } from '../../lib/tasks/promote-model';
import { promote } from '../../lib/tracking/model-registry';

export const handler = taskHandler(promoteModel, async (input, context) => {
  const promotion = await promote({
    ...input,
    by: context.execution,
    idempotencyKey: `${context.run.id}#${context.task}`,
  });
  context.log.info('Promoted', { name: input.name, ...promotion });
  return { name: input.name, ...promotion, reason: input.reason };
});
