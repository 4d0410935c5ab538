/** What the training handlers share: data in, model file checked by scoring, tracked run, MLflow folder out. */
import { createHash } from 'node:crypto';
import type { z } from 'zod';
import { readParquet } from '../lib/data/read-parquet';
import { rawColumns, targetOf } from '../lib/ml/feature-data';
import type { Matrix } from '../lib/ml/matrix';
import { classificationMetricsOf } from '../lib/ml/metrics';
import { mlflowFolder } from '../lib/ml/mlflow-folder';
import { predictProba, type ClassifierModel } from '../lib/ml/model';
import { exportOnnx } from '../lib/ml/onnx/export';
import { scoreOnnx } from '../lib/ml/onnx/score';
import { transform, type PreprocessorState } from '../lib/ml/preprocessor';
import type { TaskContext } from '../lib/runtime/task-context';
import type { FeatureSet } from '../lib/tasks/dataset';
import type { trainOutput } from '../lib/tasks/train-output';

/** Between the model in memory and the file that was written. */
const TOLERANCE = 1e-5;

export async function trainModel(
  context: TaskContext,
  input: { readonly train: FeatureSet } & Readonly<Record<string, unknown>>,
  fit: (x: Matrix, y: Int32Array, classes: number) => ClassifierModel,
): Promise<z.output<typeof trainOutput>> {
  const { train, ...params } = input;
  const table = await readParquet(await context.objects.getBytes(train.dataset.uri), train.dataset.columns);
  const preprocessor = await context.objects.getJson<PreprocessorState>(train.preprocessor.uri);
  const raw = rawColumns(table, [train.target]);
  const rows = Array.from({ length: table.rows }, (_, row) => row);
  const x = transform(preprocessor, raw, rows);
  const y = targetOf(table, train.target, train.classes);

  const started = Date.now();
  const model = fit(x, y, train.classes.length);
  const fitSeconds = (Date.now() - started) / 1000;
  const probabilities = predictProba(model, x);
  const { metrics } = classificationMetricsOf(y, probabilities);
  const name = context.task.split('/').at(-1) ?? context.task;
  const onnx = exportOnnx(preprocessor, model, train.classes, {
    pipeline: context.run.pipeline,
    run: context.run.id,
  });
  checkByScoring(scoreOnnx(onnx, raw), probabilities, name);

  const tracking = await context.tracking();
  const run = await tracking.startRun({ name });
  await run.logParams({ algorithm: model.algorithm, ...params });
  await run.logMetrics({
    train_auc: metrics.auc,
    train_accuracy: metrics.accuracy,
    train_log_loss: metrics.logLoss,
    fit_seconds: fitSeconds,
  });
  await run.logInput(train.dataset, 'train');
  const example = raw.map((column) => ({ ...column, values: column.values.slice(0, 5) })) as typeof raw;
  for (const file of mlflowFolder({
    onnx,
    preprocessor,
    classes: train.classes,
    runId: run.runId,
    example,
    createdAt: context.run.startedAt,
  })) {
    await run.logArtifact(`model/${file.path}`, file.body, file.contentType);
  }
  await run.end('FINISHED');
  context.log.info('Trained', {
    algorithm: model.algorithm,
    rows: table.rows,
    features: x.columns.length,
    fitSeconds,
    trainAuc: metrics.auc,
  });
  return {
    model: {
      name,
      algorithm: model.algorithm,
      runId: run.runId,
      uri: context.objects.uri(run.artifactKey('model/')),
      sha256: createHash('sha256').update(onnx).digest('hex'),
      bytes: onnx.length,
      classes: [...train.classes],
    },
    rows: table.rows,
    trainAuc: metrics.auc,
    trainAccuracy: metrics.accuracy,
    fitSeconds,
  };
}

function checkByScoring(
  scored: readonly Float64Array[],
  expected: readonly Float64Array[],
  name: string,
): void {
  expected.forEach((column, c) => {
    column.forEach((value, row) => {
      const got = scored[c]?.[row] ?? Number.NaN;
      if (!(Math.abs(got - value) <= TOLERANCE))
        throw new Error(
          `The ONNX file of ${name} gives ${got} for class ${c} of row ${row}; the model gives ${value}.`,
        );
    });
  });
}
