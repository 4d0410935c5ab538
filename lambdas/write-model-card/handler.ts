import { ObjectNotFound } from '../../lib/aws/object-errors';
import { readParquet } from '../../lib/data/read-parquet';
import { columnsTaken, featuresOf, type AnyPreprocessor } from '../../lib/ml/any-preprocessor';
import { numbersOf, rawColumns, targetOf, weightsIn } from '../../lib/ml/feature-data';
import { checkScores } from '../../lib/ml/check-finite';
import { PRODUCER } from '../../lib/ml/onnx/model';
import { readOnnx } from '../../lib/ml/onnx/read-model';
import { onnxScorer } from '../../lib/ml/onnx/score';
import type { RawColumn } from '../../lib/ml/raw-column';
import { sliceMetrics } from '../../lib/ml/slice-metrics';
import { InvalidDataset } from '../../lib/data/invalid-dataset';
import type { ModelCard } from '../../lib/reports/model-card';
import { DoNotRetry } from '../../lib/model/errors';
import type { TaskContext } from '../../lib/runtime/task-context';
import { taskHandler } from '../../lib/runtime/task-handler';
import type { InputOf } from '../../lib/tasks/contract';
import type { FeatureSet } from '../../lib/tasks/dataset';
import { writeModelCard } from '../../lib/tasks/write-model-card';
import { getRun } from '../../lib/tracking/runs';
import { readModel } from '../read-model';
import { classificationDetail } from './classification-detail';
import { explanationOf } from './explanation';
import { learningCurve } from './learning-curve';
import { regressionDetail } from './regression-detail';
import { intervalsOf, mainMetricOf, mainScore, taken, type Scored } from './scored';

export const handler = taskHandler(writeModelCard, async (input, context) => {
  const { model, test } = input;
  const { classes } = model;
  if (classes.length !== test.classes.length)
    throw new DoNotRetry(
      `${model.name} predicts ${kindOf(classes)}, but '${test.target}' was prepared as ${kindOf(test.classes)}.`,
    );
  const onnx = await readModel(context, model);
  const predict = onnxScorer(onnx);
  const rows = await readRows(context, test);
  const scored: Scored = {
    rows: rows.actual.length,
    actual: rows.actual,
    outputs: checkScores(predict(rows.columns), rows.columns),
    classes,
    weights: rows.weights,
  };
  const sliced = slicedColumns(input, rows.columns);
  const logged = await getRun(model.runId);
  // That of the model itself: one that went on from an older version has its preprocessing.
  const preprocessor = await preprocessorOf(context, model.uri, onnx);
  const known = new Set(
    preprocessor === undefined ? readOnnx(onnx).inputs.map(({ name }) => name) : columnsTaken(preprocessor),
  );
  const intervals = intervalsOf(scored, input.confidence, input.seed);
  const card: ModelCard = {
    title: `Model card: ${model.name}`,
    subtitle: `${context.run.pipeline}, ${context.run.id}`,
    model,
    params: logged.params,
    intendedUse: input.intendedUse,
    limitations: input.limitations,
    data: [...(input.train === undefined ? [] : [dataOf('train', input.train)]), dataOf('test', test)],
    confidence: input.confidence,
    intervals,
    detail: classes.length > 0 ? classificationDetail(scored, input.costs) : regressionDetail(scored),
    mainMetric: mainMetricOf(classes),
    slices: sliceMetrics(sliced, (part) => mainScore(taken(scored, part))),
    ...explanationOf({
      columns: rows.columns.filter(({ name }) => known.has(name)),
      actual: rows.actual,
      classes,
      weights: rows.weights,
      predict,
      onnx,
      preprocessor,
      dependence: input.dependence,
      shapRows: input.shapRows,
      seed: input.seed,
    }),
    learning:
      input.train === undefined || preprocessor === undefined ? [] : await curve(input.train, preprocessor),
  };
  const { renderModelCard } = await import('../../lib/reports/model-card');
  const html = renderModelCard(card);
  const prefix = `reports/${context.run.pipeline}/${context.run.id}/${context.task}`;
  const report = await context.objects.putBytes(`${prefix}.html`, html, {
    contentType: 'text/html; charset=utf-8',
  });
  const json = await context.objects.putBytes(
    `${prefix}.json`,
    JSON.stringify(withoutPoints(card), null, 2),
    {
      contentType: 'application/json',
    },
  );
  // Beside the model, where whoever finds the run looks.
  const run = await (await context.tracking()).activeRun(model.runId);
  await run.logArtifact('model-card.html', html, 'text/html; charset=utf-8');
  return {
    report,
    json,
    metrics: Object.fromEntries(
      intervals.filter(({ value }) => Number.isFinite(value)).map(({ metric, value }) => [metric, value]),
    ),
    importances: [...card.importances],
    threshold: card.detail.kind === 'classification' ? finite(card.detail.threshold?.threshold) : null,
  };

  async function curve(train: FeatureSet, applied: AnyPreprocessor): Promise<ModelCard['learning']> {
    const learned = await readRows(context, train);
    const features = (columns: readonly RawColumn[], count: number) =>
      featuresOf(
        applied,
        columns,
        Array.from({ length: count }, (_, row) => row),
      );
    return learningCurve(model.algorithm, logged.params, {
      classes,
      train: {
        x: features(learned.columns, learned.actual.length),
        y: learned.actual,
        weights: learned.weights,
      },
      test: { x: features(rows.columns, rows.actual.length), y: rows.actual, weights: rows.weights },
      seed: input.seed,
    });
  }
});

type Input = InputOf<typeof writeModelCard>;

/** None for a model that was made elsewhere. @throws ObjectNotFound when one of ours lacks its own */
async function preprocessorOf(
  context: TaskContext,
  folder: string,
  onnx: Uint8Array,
): Promise<AnyPreprocessor | undefined> {
  try {
    return await context.objects.getJson<AnyPreprocessor>(`${folder}preprocessor.json`);
  } catch (error) {
    if (error instanceof ObjectNotFound && readOnnx(onnx).producer !== PRODUCER) return undefined;
    throw error;
  }
}

async function readRows(context: TaskContext, part: FeatureSet) {
  const table = await readParquet(await context.objects.getBytes(part.dataset.uri), part.dataset.columns);
  if (table.rows === 0)
    throw new InvalidDataset(`Dataset '${part.dataset.name}' has no rows. It is ${part.dataset.uri}.`);
  return {
    columns: rawColumns(table, [part.target]),
    weights: { sampleWeight: weightsIn(table, part.sampleWeight) },
    actual:
      part.classes.length > 0 ? targetOf(table, part.target, part.classes) : numbersOf(table, part.target),
  };
}

const MAX_SLICED_TEXTS = 20;

/** @throws InvalidDataset for a column that there is not */
function slicedColumns({ slices, test }: Input, columns: readonly RawColumn[]): RawColumn[] {
  if (slices === undefined)
    return columns.filter(
      ({ kind, values }) =>
        kind === 'text' && new Set(values).size <= MAX_SLICED_TEXTS && new Set(values).size > 1,
    );
  return slices.map((name) => {
    const found = columns.find((column) => column.name === name);
    if (found === undefined)
      throw new InvalidDataset(
        `Dataset '${test.dataset.name}' has no column '${name}' to slice by; columns: ${columns.map((one) => one.name).join(', ')}.`,
      );
    return found;
  });
}

function dataOf(part: string, { dataset }: FeatureSet): ModelCard['data'][number] {
  const { name, rows, sha256, uri } = dataset;
  return { part, name, rows, sha256, uri };
}

/** The charts' points are in the page; the JSON is for figures. */
function withoutPoints(card: ModelCard): unknown {
  if (card.detail.kind === 'regression') {
    const { residuals: _residuals, predicted: _predicted, ...detail } = card.detail;
    return { ...card, detail };
  }
  const { roc: _roc, precisionRecall: _precisionRecall, ...detail } = card.detail;
  return { ...card, detail };
}

function kindOf(classes: readonly string[]): string {
  return classes.length > 0 ? `the classes ${classes.join(', ')}` : 'a number';
}

function finite(value: number | undefined): number | null {
  return value === undefined || !Number.isFinite(value) ? null : value;
}
