import { InvalidDataset } from '../../lib/data/invalid-dataset';
import { readParquet, type Table } from '../../lib/data/read-parquet';
import { writeParquet } from '../../lib/data/write-parquet';
import { classesOf, rawColumns, targetOf } from '../../lib/ml/feature-data';
import { featureNames, fitPreprocessor } from '../../lib/ml/preprocessor';
import { trainTestSplit } from '../../lib/ml/split';
import { taskHandler } from '../../lib/runtime/task-handler';
import type { InputOf } from '../../lib/tasks/contract';
import { prepareFeatures } from '../../lib/tasks/prepare-features';

export const handler = taskHandler(prepareFeatures, async (input, context) => {
  const table = await readParquet(await context.objects.getBytes(input.dataset.uri), input.dataset.columns);
  const { classes, labels } = labelled(table, input);
  const split = trainTestSplit(labels, classes.length, input.testSize, input.seed, input.stratify);
  const state = fitPreprocessor(rawColumns(table, [input.target, ...input.exclude]), split.train);
  const prefix = `features/${context.run.pipeline}/${context.run.id}/`;
  const preprocessor = await context.objects.putBytes(`${prefix}preprocessor.json`, JSON.stringify(state), {
    contentType: 'application/json',
  });
  const part = async (name: 'train' | 'test', rows: readonly number[]) => {
    const taken = rowsOf(table, rows);
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
    };
  };
  return {
    train: await part('train', split.train),
    test: await part('test', split.test),
    preprocessor,
    features: featureNames(state).length,
  };
});

/** @throws InvalidDataset that names the data set, which those below do not know */
function labelled(table: Table, { dataset, target, positive }: InputOf<typeof prepareFeatures>) {
  try {
    const classes = classesOf(table, target, positive);
    return { classes, labels: targetOf(table, target, classes) };
  } catch (cause) {
    if (!(cause instanceof InvalidDataset)) throw cause;
    throw new InvalidDataset(
      `Dataset '${dataset.name}' cannot be learned from: ${cause.message} It is ${dataset.uri}.`,
      { cause },
    );
  }
}

function rowsOf(table: Table, rows: readonly number[]): Table {
  return {
    rows: rows.length,
    columns: table.columns.map((column) => ({
      ...column,
      values: rows.map((row) => column.values[row] ?? null),
    })),
  };
}
