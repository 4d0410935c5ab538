import { createHash } from 'node:crypto';
import { mlflowFolder } from '../../lib/ml/mlflow-folder';
import { DoNotRetry } from '../../lib/model/errors';
import { taskHandler } from '../../lib/runtime/task-handler';
import { logTraining } from '../../lib/tasks/log-training';
import { tryModel } from './try-model';

export const handler = taskHandler(logTraining, async (input, context) => {
  const { name, algorithm, history, params, file, classes, resumedFrom, train } = input;
  const body = await context.objects.getBytes(file.uri);
  const sha256 = createHash('sha256').update(body).digest('hex');
  if (sha256 !== file.sha256)
    throw new DoNotRetry(
      `${file.uri} is not what the container wrote: its SHA-256 is ${sha256}, the container said ${file.sha256}.`,
    );
  const fileName = file.uri.split('/').at(-1) ?? 'model';
  const tried = fileName === 'model.onnx' ? await tryModel(context, body, classes, train) : undefined;
  const run = await (await context.tracking()).startRun({ name });
  const { runId } = run;
  const files =
    tried === undefined
      ? [{ path: fileName, body, contentType: 'application/octet-stream' }]
      : mlflowFolder({ ...tried, onnx: body, classes, runId, createdAt: context.run.startedAt });
  await run.logParams({ algorithm, ...params, resumed_from: resumedFrom });
  for (const { step, metrics } of history) await run.logMetrics(metrics, { step });
  if (train !== undefined) await run.logInput(train.dataset, 'train');
  for (const { path, body: content, contentType } of files)
    await run.logArtifact(`model/${path}`, content, contentType);
  await run.end('FINISHED');
  context.log.info('Logged', { steps: history.length, resumedFrom, runId });
  return {
    steps: history.length,
    model: {
      name,
      algorithm,
      runId,
      uri: context.objects.uri(run.artifactKey('model/')),
      sha256,
      bytes: file.bytes,
      classes,
    },
  };
});
