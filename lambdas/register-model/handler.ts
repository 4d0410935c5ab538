import { taskHandler } from '../../lib/runtime/task-handler';
import { registerModel } from '../../lib/tasks/register-model';
import { createVersion } from '../../lib/tracking/model-registry';
import { getRun } from '../../lib/tracking/runs';

export const handler = taskHandler(registerModel, async (input, context) => {
  const tracking = await context.tracking();
  const run = await getRun(input.model.runId);
  const version = await createVersion({
    name: input.name,
    source: input.model.uri,
    runId: input.model.runId,
    description: input.description,
    tags: {
      algorithm: input.model.algorithm,
      ...Object.fromEntries(
        Object.entries(input.metrics).map(([name, value]) => [`test_${name}`, String(value)]),
      ),
    },
    lineage: tracking.lineage(
      run.inputs.map((dataset) => ({
        uri: dataset.source,
        sha256: dataset.digest,
        context: dataset.context,
      })),
    ),
    by: context.execution,
    idempotencyKey: `${context.run.id}#${context.task}`,
  });
  context.log.info('Registered', { name: version.name, version: version.version });
  return { name: version.name, version: version.version, model: input.model };
});
