import { InvalidDataset } from '../../lib/data/invalid-dataset';
import { readParquet, type Table } from '../../lib/data/read-parquet';
import { writeParquet } from '../../lib/data/write-parquet';
import { columnsTaken } from '../../lib/ml/any-preprocessor';
import { classesOf, numbersOf, rawColumns, targetOf, weightsIn } from '../../lib/ml/feature-data';
import { fitTransformColumns } from '../../lib/ml/preprocessing/column-transformer';
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
  const prefix = `features/${run.pipeline}/${run.id}/${task}/`;
  const json = { contentType: 'application/json' };
  const stored = await objects.putBytes(`${prefix}state.json`, JSON.stringify(state), json);
  const common = { target, classes, ...(sampleWeight === undefined ? {} : { sampleWeight }) };
  const write = async (file: string, name: string, table: Table) => ({
    ...(await objects.putBytes(`${prefix}${file}.parquet`, writeParquet(table))),
    name,
    format: 'parquet' as const,
    rows: table.rows,
    columns: table.columns.map(({ name: column, type }) => ({ name: column, type })),
  });
  // The file of the model takes the raw columns, and so do those who judge it.
  const taken = new Set([...columnsTaken(state), ...kept]);
  const part = async (name: 'train' | 'test', source: Table) => ({
    ...common,
    dataset: await write(name, `${input[name].name}-features`, {
      ...source,
      columns: source.columns.filter((column) => taken.has(column.name)),
    }),
    preprocessor: stored,
  });
  const own = steps.some((step) => step.kind === 'texts' && step.encode?.kind === 'target')
    ? { learned: await write('learned', `${input.train.name}-learned`, featureTable(x, train, [])) }
    : {};
  return {
    train: { ...(await part('train', train)), ...own },
    test: await part('test', test),
    state: stored,
    features: [...x.names],
  };
});
