import { taskHandler } from '../../lib/runtime/task-handler';
import { promoteModel } from '../../lib/tasks/promote-model';

export const handler = taskHandler(promoteModel, async (input, context) => {
  const { registry } = await context.tracking();
  const promotion = await registry.promote({
    ...input,
    // A repetition after the alias has moved must find itself, not a changed champion.
    idempotencyKey: `${context.run.id}#${context.task}#${input.version}`,
  });
  context.log.info('Promoted', { name: input.name, ...promotion });
  return { name: input.name, ...promotion, reason: input.reason };
});
