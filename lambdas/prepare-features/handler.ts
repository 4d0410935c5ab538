import { readParquet, type Table } from '../../lib/data/read-parquet';
import { writeParquet } from '../../lib/data/write-parquet';
import { classesOf, rawColumns, targetOf } from '../../lib/ml/feature-data';
import { featureNames, fitPreprocessor } from '../../lib/ml/preprocessor';
import { trainTestSplit } from '../../lib/ml/split';
import { taskHandler } from '../../lib/runtime/task-handler';
import { prepareFeatures } from '../../lib/tasks/prepare-features';

export const handler = taskHandler(prepareFeatures, async (input, context) => {
  const table = await readParquet(await context.objects.getBytes(input.dataset.uri), input.dataset.columns);
  const classes = classesOf(table, input.target, input.positive);
  const labels = targetOf(table, input.target, classes);
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

function rowsOf(table: Table, rows: readonly number[]): Table {
  return {
    rows: rows.length,
    columns: table.columns.map((column) => ({
      ...column,
      values: rows.map((row) => column.values[row] ?? null),
    })),
  };
}
