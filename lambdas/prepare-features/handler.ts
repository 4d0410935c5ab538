import { InvalidDataset } from '../../lib/data/invalid-dataset';
import { readParquet, type Table } from '../../lib/data/read-parquet';
import { takeRows } from '../../lib/data/take-rows';
import { writeParquet } from '../../lib/data/write-parquet';
import { classesOf, numbersOf, rawColumns, targetOf, weightsIn } from '../../lib/ml/feature-data';
import { featureNames, fitPreprocessor } from '../../lib/ml/preprocessor';
import { orderedSplit, trainTestSplit } from '../../lib/ml/split';
import { taskHandler } from '../../lib/runtime/task-handler';
import type { InputOf } from '../../lib/tasks/contract';
import { prepareFeatures } from '../../lib/tasks/prepare-features';

export const handler = taskHandler(prepareFeatures, async (input, context) => {
  const table = await readParquet(await context.objects.getBytes(input.dataset.uri), input.dataset.columns);
  const { classes, labels } = named(input, () => targetIn(table, input));
  named(input, () => weightsIn(table, input.sampleWeight));
  const split =
    input.orderBy === undefined
      ? trainTestSplit(
          labels,
          classes.length,
          input.testSize,
          input.seed,
          input.stratify && classes.length > 0,
        )
      : named(input, () => orderedSplit(orderIn(table, input.orderBy ?? ''), input.testSize));
  const without = [
    input.target,
    ...input.exclude,
    ...[input.orderBy, input.sampleWeight].filter((name) => name !== undefined),
  ];
  const state = fitPreprocessor(rawColumns(table, without), split.train);
  const prefix = `features/${context.run.pipeline}/${context.run.id}/${context.task}/`;
  const preprocessor = await context.objects.putBytes(`${prefix}preprocessor.json`, JSON.stringify(state), {
    contentType: 'application/json',
  });
  const part = async (name: 'train' | 'test', rows: readonly number[]) => {
    const taken = takeRows(table, rows);
    const stored = await context.objects.putBytes(`${prefix}${name}.parquet`, writeParquet(taken));
    return {
      dataset: {
        ...stored,
        name: `${input.dataset.name}-${name}`,
        format: 'parquet' as const,
        rows: rows.length,
        columns: input.dataset.columns,
      },
      preprocessor,
      target: input.target,
      classes,
      ...(input.sampleWeight === undefined ? {} : { sampleWeight: input.sampleWeight }),
    };
  };
  return {
    train: await part('train', split.train),
    test: await part('test', split.test),
    preprocessor,
    features: featureNames(state).length,
  };
});

/** Classes are empty for a number. */
function targetIn(table: Table, { target, positive, problem }: InputOf<typeof prepareFeatures>) {
  if (problem === 'regression') return { classes: [], labels: numbersOf(table, target) };
  const classes = classesOf(table, target, positive);
  return { classes, labels: targetOf(table, target, classes) };
}

/** @throws InvalidDataset when there is no such column, or a row has no place in the order */
function orderIn(table: Table, name: string): readonly (string | number)[] {
  const column = table.columns.find((candidate) => candidate.name === name);
  if (column === undefined)
    throw new InvalidDataset(
      `There is no column '${name}' to order by; columns: ${table.columns.map((c) => c.name).join(', ')}.`,
    );
  return column.values.map((value, row) => {
    if (typeof value === 'string' || typeof value === 'number') return value;
    throw new InvalidDataset(`The column '${name}', which orders the rows, is missing in row ${row + 1}.`);
  });
}

/** @throws InvalidDataset that names the data set, which those below do not know */
function named<T>({ dataset }: InputOf<typeof prepareFeatures>, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    if (!(cause instanceof InvalidDataset)) throw cause;
    throw new InvalidDataset(
      `Dataset '${dataset.name}' cannot be learned from: ${cause.message} It is ${dataset.uri}.`,
      { cause },
    );
  }
}
