import { taskHandler } from '../../lib/runtime/task-handler';
import { settledGates } from '../../lib/tasks/promotion-gates';
import { registerModel } from '../../lib/tasks/register-model';

export const handler = taskHandler(registerModel, async (input, context) => {
  const { registry } = await context.tracking();
  const version = await registry.createVersion({
    name: input.name,
    source: input.model.uri,
    runId: input.model.runId,
    description: input.description,
    tags: {
      algorithm: input.model.algorithm,
      sha256: input.model.sha256,
      ...Object.fromEntries(
        Object.entries(input.metrics).map(([name, value]) => [`test_${name}`, String(value)]),
      ),
    },
    // The same model registered again by the same task, in whichever execution, is the same version.
    idempotencyKey: `${context.run.id}#${context.task}#${input.model.runId}`,
  });
  if (input.gates !== undefined) await registry.setGates(input.name, settledGates(input.gates));
  context.log.info('Registered', { name: version.name, version: version.version });
  return { name: version.name, version: version.version, model: input.model };
});
