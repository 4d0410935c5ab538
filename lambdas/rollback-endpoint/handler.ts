import { tellEndpointChanged } from '../../lib/orchestration/endpoint-events';
import { taskHandler } from '../../lib/runtime/task-handler';
import { rollbackEndpoint as rollBack } from '../../lib/serving/change-endpoint';
import { rollbackEndpoint } from '../../lib/tasks/deploy-model';

export const handler = taskHandler(rollbackEndpoint, async (input, context) => {
  const change = await rollBack({
    ...input,
    by: context.execution,
    idempotencyKey: `${context.run.id}#${context.task}`,
  });
  await tellEndpointChanged(change);
  context.log.info('Rolled back', { ...change });
  return change;
});
