import { createHash } from 'node:crypto';
import { DoNotRetry } from '../../lib/model/errors';
import { taskHandler } from '../../lib/runtime/task-handler';
import { logTraining } from '../../lib/tasks/log-training';

export const handler = taskHandler(logTraining, async (input, context) => {
  const { name, algorithm, history, params, file, classes, resumedFrom } = input;
  const body = await context.objects.getBytes(file.uri);
  const sha256 = createHash('sha256').update(body).digest('hex');
  if (sha256 !== file.sha256)
    throw new DoNotRetry(
      `${file.uri} is not what the container wrote: its SHA-256 is ${sha256}, the container said ${file.sha256}.`,
    );
  const run = await (await context.tracking()).startRun({ name });
  await run.logParams({ algorithm, ...params, resumed_from: resumedFrom });
  for (const { step, metrics } of history) await run.logMetrics(metrics, { step });
  const stored = await run.logArtifact(
    `model/${file.uri.split('/').at(-1) ?? 'model'}`,
    body,
    'application/octet-stream',
  );
  await run.end('FINISHED');
  context.log.info('Logged', { steps: history.length, resumedFrom, runId: run.runId });
  return {
    steps: history.length,
    model: {
      name,
      algorithm,
      runId: run.runId,
      uri: stored.uri.replace(/[^/]+$/, ''),
      sha256,
      bytes: file.bytes,
      classes,
    },
  };
});
