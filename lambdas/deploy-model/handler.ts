import { Skipped } from '../../lib/model/errors';
import { tellEndpointChanged } from '../../lib/orchestration/endpoint-events';
import { taskHandler } from '../../lib/runtime/task-handler';
import { deployVersion } from '../../lib/serving/change-endpoint';
import { findChange, findEndpoint } from '../../lib/serving/endpoint';
import { deployModel } from '../../lib/tasks/deploy-model';

export const handler = taskHandler(deployModel, async (input, context) => {
  const idempotencyKey = `${context.run.id}#${context.task}#${input.version}`;
  const now = await findEndpoint(input.endpoint);
  // What an attempt before did itself is no reason to skip.
  const mine = (await findChange(input.endpoint, idempotencyKey)) !== undefined;
  if (!mine && now?.model === input.name && now.stable === input.version && now.candidate === undefined)
    throw new Skipped(
      `Version ${input.version} of ${input.name} is what '${input.endpoint}' serves already.`,
    );
  const change = await deployVersion({
    endpoint: input.endpoint,
    model: input.name,
    version: input.version,
    strategy: input.strategy,
    hold: input.hold,
    target: input.target,
    reason: input.reason,
    by: context.execution,
    idempotencyKey,
  });
  await tellEndpointChanged(change);
  context.log.info('Deployed', { ...change });
  return change;
});
