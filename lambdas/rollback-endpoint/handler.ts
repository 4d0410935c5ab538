import { Skipped } from '../../lib/model/errors';
import { tellEndpointChanged } from '../../lib/orchestration/endpoint-events';
import { taskHandler } from '../../lib/runtime/task-handler';
import { rollbackEndpoint as rollBack } from '../../lib/serving/change-endpoint';
import { findChange, findChanges, findEndpoint } from '../../lib/serving/endpoint';
import { rollbackEndpoint } from '../../lib/tasks/deploy-model';

export const handler = taskHandler(rollbackEndpoint, async ({ own, ...input }, context) => {
  const idempotencyKey = `${context.run.id}#${context.task}`;
  // What an attempt before has taken away is no reason to skip.
  const done = own && (await findChange(input.endpoint, idempotencyKey)) !== undefined;
  const version = own && !done ? await candidateOf(context.run.id, input) : input.version;
  const change = await rollBack({ ...input, version, by: context.execution, idempotencyKey });
  await tellEndpointChanged(change);
  context.log.info('Rolled back', { ...change });
  return change;
});

/** @throws Skipped when the candidate is not one that this run has brought */
async function candidateOf(
  runId: string,
  { endpoint, version }: { readonly endpoint: string; readonly version?: string | undefined },
): Promise<string> {
  const candidate = (await findEndpoint(endpoint))?.candidate?.version;
  const mine = await findChanges(endpoint, `${runId}#`);
  const brought = mine.some(({ action, to }) => action === 'deploy' && to === candidate);
  if (candidate === undefined || !brought || (version ?? candidate) !== candidate)
    throw new Skipped(`'${endpoint}' has no candidate that ${runId} has deployed: nothing is taken away.`);
  return candidate;
}
