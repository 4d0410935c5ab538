import { NotReady } from '../../lib/model/errors';
import { taskHandler } from '../../lib/runtime/task-handler';
import { getEndpoint } from '../../lib/serving/endpoint';
import { findTargetRecord } from '../../lib/serving/targets/target-record';
import { targetReady } from '../../lib/tasks/target-ready';

export const handler = taskHandler(targetReady, async ({ endpoint }) => {
  const { target, rev } = await getEndpoint(endpoint);
  if (target === undefined) return { ready: true, message: 'The function of the stage answers.' };
  const record = await findTargetRecord(endpoint);
  if (record === undefined || record.rev < rev)
    throw new NotReady(
      `Nothing has looked at the target of '${endpoint}' since it changed. A stage needs -c serving-targets=${target.kind === 'kubernetes' ? 'eks:<cluster> or kubernetes:<connection>' : target.kind} for it.`,
    );
  if (record.state === 'working') throw new NotReady(record.message);
  return { ready: record.state === 'ready', message: record.message };
});
