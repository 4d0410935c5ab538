import { tellEndpointChanged } from '../../lib/orchestration/endpoint-events';
import { taskHandler } from '../../lib/runtime/task-handler';
import { startShift } from '../../lib/serving/change-endpoint';
import { shiftTraffic } from '../../lib/tasks/deploy-model';

export const handler = taskHandler(shiftTraffic, async (input, context) => {
  const change = await startShift({
    ...input,
    by: context.execution,
    idempotencyKey: `${context.run.id}#${context.task}#${input.version}`,
  });
  await tellEndpointChanged(change);
  context.log.info('Traffic goes over', { ...change });
  return change;
});
