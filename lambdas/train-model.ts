/** What the training handlers share: data in, model file checked by scoring, tracked run, MLflow folder out. */
import { createHash } from 'node:crypto';
import type { z } from 'zod';
import { InvalidDataset } from '../lib/data/invalid-dataset';
import { readParquet } from '../lib/data/read-parquet';
import { columnsTaken, featuresOf, type AnyPreprocessor } from '../lib/ml/any-preprocessor';
import { classWeightsOf } from '../lib/ml/class-weights';
import { numbersOf, rawColumns, targetOf, weightsIn } from '../lib/ml/feature-data';
import type { Matrix } from '../lib/ml/matrix';
import { classificationMetricsOf } from '../lib/ml/metrics';
import { mlflowFolder, type FolderFile } from '../lib/ml/mlflow-folder';
import { predictAny, predictAnyProba, type AnyClassifier, type AnyRegressor } from '../lib/ml/composite';
import { exportOnnx, exportRegressorOnnx } from '../lib/ml/onnx/export';
import { scoreOnnx } from '../lib/ml/onnx/score';
import { exportXgboost } from '../lib/ml/xgboost/export';
import { regressionMetricsOf } from '../lib/ml/regression-metrics';
import type { WeightOptions } from '../lib/ml/sample-weight';
import { DoNotRetry } from '../lib/model/errors';
import type { TaskContext } from '../lib/runtime/task-context';
import type { ClassWeight } from '../lib/tasks/class-weight';
import type { DatasetRef, FeatureSet, ModelRef } from '../lib/tasks/dataset';
import type { regressionTrainOutput, trainOutput } from '../lib/tasks/train-output';
import type { WarmStart } from '../lib/tasks/warm-start';
import { readParent, type Parent } from './warm-start';

/** Between the model in memory and the file that was written, relative to values above 1. */
const TOLERANCE = 1e-5;

/** What is known of a fit only when it is done. */
export interface FitNotes {
  /** Logged beside the params of the task. */
  params?: Readonly<Record<string, unknown>>;
  metrics?: Readonly<Record<string, number>>;
  /** @default 1e-5 */
  tolerance?: number;
}

interface TrainInput {
  readonly train: FeatureSet;
  readonly classWeight?: ClassWeight;
  readonly warmStart?: WarmStart;
}

/** What rows count as estimators take it: classes in their order. */
export interface ClassWeights extends WeightOptions {
  readonly classWeight: 'balanced' | readonly number[] | undefined;
}

export async function trainModel(
  context: TaskContext,
  input: TrainInput,
  fit: (
    x: Matrix,
    y: Int32Array,
    classes: number,
    weights: ClassWeights,
    parent: Parent | undefined,
  ) => AnyClassifier,
  notes: FitNotes = {},
): Promise<z.output<typeof trainOutput>> {
  const { classes, target } = input.train;
  if (classes.length === 0)
    throw new DoNotRetry(
      `Task '${context.task}' fits a classifier, but '${target}' was prepared as a number. Train a regressor, or prepare the features with problem: 'classification'.`,
    );
  const part = await readPart(context, input);
  const y = targetOf(part.table, target, classes);
  const weights = { classWeight: classWeightsOf(input.classWeight, classes), ...part.weights };
  const { model, fitSeconds } = timed(() => fit(part.x, y, classes.length, weights, part.parent));
  const probabilities = predictAnyProba(model, part.x);
  const { metrics } = classificationMetricsOf(y, probabilities, part.weights);
  const onnx = exportOnnx(part.preprocessor, model, classes, originOf(context));
  const saved = await saveModel(context, input, part, {
    onnx,
    expected: predictAnyProba(model, part.applied),
    algorithm: model.algorithm,
    besides: xgboostFile(model, part.x.names),
    metrics: {
      train_auc: metrics.auc,
      train_accuracy: metrics.accuracy,
      train_log_loss: metrics.logLoss,
      fit_seconds: fitSeconds,
    },
    notes,
  });
  return {
    model: saved,
    rows: part.x.rows,
    trainAuc: metrics.auc,
    trainAccuracy: metrics.accuracy,
    fitSeconds,
  };
}

export async function trainRegressor(
  context: TaskContext,
  input: TrainInput,
  fit: (x: Matrix, y: Float64Array, weights: WeightOptions, parent: Parent | undefined) => AnyRegressor,
  notes: FitNotes = {},
): Promise<z.output<typeof regressionTrainOutput>> {
  const { classes, target } = input.train;
  if (classes.length > 0)
    throw new DoNotRetry(
      `Task '${context.task}' fits numbers, but '${target}' was prepared as classes. Train a classifier, or prepare the features with problem: 'regression'.`,
    );
  const part = await readPart(context, input);
  const y = numbersOf(part.table, target);
  const { model, fitSeconds } = timed(() => fit(part.x, y, part.weights, part.parent));
  const predicted = predictAny(model, part.x);
  const { rmse, mae, r2 } = regressionMetricsOf(y, predicted, part.weights);
  const saved = await saveModel(context, input, part, {
    onnx: exportRegressorOnnx(part.preprocessor, model, originOf(context)),
    expected: [predictAny(model, part.applied)],
    algorithm: model.algorithm,
    besides: xgboostFile(model, part.x.names),
    metrics: { train_rmse: rmse, train_mae: mae, train_r2: r2, fit_seconds: fitSeconds },
    notes,
  });
  return { model: saved, rows: part.x.rows, trainRmse: rmse, trainR2: r2, fitSeconds };
}

type Part = Awaited<ReturnType<typeof readPart>>;

async function readPart(context: TaskContext, { train, warmStart }: TrainInput) {
  const table = await readParquet(await context.objects.getBytes(train.dataset.uri), train.dataset.columns);
  if (table.rows === 0)
    throw new InvalidDataset(
      `Dataset '${train.dataset.name}' has no rows to learn from. It is ${train.dataset.uri}.`,
    );
  const parent = await readParent(context, warmStart, train);
  const preprocessor =
    parent?.preprocessor ?? (await context.objects.getJson<AnyPreprocessor>(train.preprocessor.uri));
  const raw = rawColumns(table, [train.target]);
  const rows = Array.from({ length: table.rows }, (_, row) => row);
  const weights: WeightOptions = { sampleWeight: weightsIn(table, train.sampleWeight) };
  // As the file of the model will make them.
  const applied = featuresOf(preprocessor, raw, rows);
  const learned = parent === undefined ? train.learned : undefined;
  const x = learned === undefined ? applied : await readMatrix(context, learned);
  return { table, preprocessor, parent, raw, weights, applied, x };
}

async function readMatrix(context: TaskContext, { uri, columns }: DatasetRef): Promise<Matrix> {
  const table = await readParquet(await context.objects.getBytes(uri), columns);
  return {
    rows: table.rows,
    names: table.columns.map(({ name }) => name),
    columns: table.columns.map(({ values }) =>
      Float64Array.from(values, (value) => (typeof value === 'number' ? value : Number.NaN)),
    ),
  };
}

type TrainedOn = Pick<FeatureSet, 'dataset' | 'target' | 'classes' | 'sampleWeight'>;

interface Fitted {
  readonly onnx: Buffer;
  /** What the file must give for the rows it was trained with. */
  readonly expected: readonly Float64Array[];
  readonly algorithm: string;
  /** Files of the folder beside those that every model has. */
  readonly besides: readonly FolderFile[];
  readonly metrics: Readonly<Record<string, number>>;
  readonly notes: FitNotes;
}

/** Checks the file by scoring with it, and leaves it in a tracked run as an MLflow folder. */
export async function saveModel(
  context: TaskContext,
  { train, warmStart: _warmStart, ...params }: Omit<TrainInput, 'train'> & { readonly train: TrainedOn },
  { preprocessor, parent, raw }: Pick<Part, 'preprocessor' | 'parent' | 'raw'>,
  { onnx, expected, algorithm, besides, metrics, notes }: Fitted,
): Promise<ModelRef> {
  const name = context.task.split('/').at(-1) ?? context.task;
  checkByScoring(scoreOnnx(onnx, raw), expected, name, notes.tolerance ?? TOLERANCE);
  const tracking = await context.tracking();
  const run = await tracking.startRun({ name, tags: { 'millrace.target': train.target } });
  const { sampleWeight } = train;
  await run.logParams({ algorithm, ...params, ...notes.params, sampleWeight });
  await run.logMetrics({ ...metrics, ...notes.metrics });
  await run.logInput(train.dataset, 'train');
  if (parent !== undefined) await run.logParent(parent);
  const taken = new Set(columnsTaken(preprocessor));
  const example = raw.filter((column) => taken.has(column.name));
  const folder = mlflowFolder({
    onnx,
    preprocessor,
    classes: train.classes,
    runId: run.runId,
    example,
    createdAt: context.run.startedAt,
  });
  for (const file of [...folder, ...besides]) {
    await run.logArtifact(`model/${file.path}`, file.body, file.contentType);
  }
  await run.end('FINISHED');
  context.log.info('Trained', { algorithm, ...metrics });
  return {
    name,
    algorithm,
    runId: run.runId,
    uri: context.objects.uri(run.artifactKey('model/')),
    sha256: createHash('sha256').update(onnx).digest('hex'),
    bytes: onnx.length,
    classes: [...train.classes],
  };
}

/** Boosted trees as XGBoost reads them; they take the features, not the raw columns. */
function xgboostFile(model: AnyClassifier | AnyRegressor, features: readonly string[]): FolderFile[] {
  if (model.algorithm !== 'gradient-boosting' && model.algorithm !== 'gradient-boosting-regressor') return [];
  // XGBoost refuses these in names.
  const names = features.map((name) => name.replace(/[[\]<]/g, '_'));
  return [{ path: 'xgboost.json', body: exportXgboost(model, names), contentType: 'application/json' }];
}

function originOf(context: TaskContext): Readonly<Record<string, string>> {
  return { pipeline: context.run.pipeline, run: context.run.id };
}

function timed<T>(fit: () => T): { readonly model: T; readonly fitSeconds: number } {
  const started = Date.now();
  try {
    return { model: fit(), fitSeconds: (Date.now() - started) / 1000 };
  } catch (cause) {
    // Of data and options that do not fit together; they would not fit in a retry either.
    if (cause instanceof RangeError) throw new DoNotRetry(cause.message, { cause });
    throw cause;
  }
}

function checkByScoring(
  scored: readonly Float64Array[],
  expected: readonly Float64Array[],
  name: string,
  tolerance: number,
): void {
  expected.forEach((column, c) => {
    column.forEach((value, row) => {
      const got = scored[c]?.[row] ?? Number.NaN;
      if (!(Math.abs(got - value) <= tolerance * Math.max(1, Math.abs(value))))
        throw new DoNotRetry(
          `The ONNX file of ${name} gives ${got} for output ${c} of row ${row}; the model gives ${value}. Its features are float32: numbers that differ from the 7th digit on, such as large identifiers, are the same there. Take a difference or a ratio in their place, or leave the column out.`,
        );
    });
  });
}
