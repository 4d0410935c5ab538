import { taskHandler } from '../../lib/runtime/task-handler';
import { promoteModel } from '../../lib/tasks/promote-model';
import { PromotionRefused } from '../../lib/tracking/gates';

export const handler = taskHandler(promoteModel, async (input, context) => {
  const { approval, onRefusal, ...request } = input;
  const { name, version, reason } = request;
  const { registry } = await context.tracking();
  if (approval?.approved === true)
    await registry.approve(name, version, {
      by: approval.by,
      reason: approval.comment,
    });
  try {
    const { forced: _never, ...promotion } = await registry.promote({
      ...request,
      // A repetition after the alias has moved must find itself, not a changed champion.
      idempotencyKey: `${context.run.id}#${context.task}#${version}`,
    });
    context.log.info('Promoted', { name, ...promotion });
    return { name, ...promotion, gates: [...promotion.gates], promoted: true, reason };
  } catch (error) {
    if (onRefusal === 'fail' || !(error instanceof PromotionRefused)) throw error;
    context.log.warn('Refused', { name, version, gates: error.gates });
    const { stage } = await registry.getVersion(name, version);
    return {
      name,
      version,
      stage,
      alias: null,
      previous: null,
      gates: [...error.gates],
      promoted: false,
      reason: error.message,
    };
  }
});
