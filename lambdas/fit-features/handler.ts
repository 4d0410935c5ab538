import { InvalidDataset } from '../../lib/data/invalid-dataset';
import { readParquet, type Table } from '../../lib/data/read-parquet';
import { writeParquet } from '../../lib/data/write-parquet';
import { classesOf, numbersOf, rawColumns, targetOf, weightsIn } from '../../lib/ml/feature-data';
import type { Matrix } from '../../lib/ml/matrix';
import { fitPreprocessor } from '../../lib/ml/preprocessor';
import { fitTransformColumns, transformColumns } from '../../lib/ml/preprocessing/column-transformer';
import { taskHandler } from '../../lib/runtime/task-handler';
import type { DatasetRef } from '../../lib/tasks/dataset';
import { fitFeatures } from '../../lib/tasks/fit-features';
import { allRows, columnSteps, featureTable } from '../feature-table';

export const handler = taskHandler(fitFeatures, async (input, context) => {
  const { objects, run, task } = context;
  const { target, problem, positive, exclude, sampleWeight } = input;
  const read = async ({ uri, columns }: DatasetRef) => readParquet(await objects.getBytes(uri), columns);
  const [train, test] = [await read(input.train), await read(input.test)];
  const classes = problem === 'classification' ? classesOf(train, target, positive) : [];
  const y =
    problem === 'regression'
      ? numbersOf(train, target)
      : // The positive class is the last; of several classes their numbers have no order to average.
        Float64Array.from(targetOf(train, target, classes));
  for (const table of [train, test]) weightsIn(table, sampleWeight);
  const steps = columnSteps(input.steps);
  if (classes.length > 2 && steps.some((step) => step.kind === 'texts' && step.encode?.kind === 'target'))
    throw new InvalidDataset(
      `The target '${target}' has ${classes.length} classes; a target encoding takes a number or two classes. Encode otherwise.`,
    );
  const kept = sampleWeight === undefined ? [target] : [target, sampleWeight];
  const without = [...kept, ...exclude];
  const { state, x } = fitTransformColumns(rawColumns(train, without), allRows(train.rows), steps, y);
  const applied = transformColumns(state, rawColumns(test, without), allRows(test.rows));
  const prefix = `features/${run.pipeline}/${run.id}/${task}/`;
  const json = { contentType: 'application/json' };
  const stored = await objects.putBytes(`${prefix}state.json`, JSON.stringify(state), json);
  // What estimators learn from is scaled once more, by the train part as always.
  const inputs = rawColumns(featureTable(x, train, []), []);
  const preprocessor = await objects.putBytes(
    `${prefix}preprocessor.json`,
    JSON.stringify(fitPreprocessor(inputs, allRows(train.rows))),
    json,
  );
  const part = async (name: 'train' | 'test', features: Matrix, source: Table) => {
    const table = featureTable(features, source, kept);
    const file = await objects.putBytes(`${prefix}${name}.parquet`, writeParquet(table));
    return {
      dataset: {
        ...file,
        name: `${input[name].name}-features`,
        format: 'parquet' as const,
        rows: table.rows,
        columns: table.columns.map(({ name: column, type }) => ({ name: column, type })),
      },
      preprocessor,
      target,
      classes,
      ...(sampleWeight === undefined ? {} : { sampleWeight }),
    };
  };
  return {
    train: await part('train', x, train),
    test: await part('test', applied, test),
    state: stored,
    features: [...x.names],
  };
});
