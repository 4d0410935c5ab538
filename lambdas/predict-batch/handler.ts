import { join } from 'node:path';
import { InvalidDataset } from '../../lib/data/invalid-dataset';
import { GrowingParquet, readBlocks } from '../../lib/data/parquet-blocks';
import type { Table } from '../../lib/data/read-parquet';
import { takeRows } from '../../lib/data/take-rows';
import { checkScores } from '../../lib/ml/check-finite';
import { rawColumns } from '../../lib/ml/feature-data';
import { predictedClasses } from '../../lib/ml/metrics';
import { onnxScorer } from '../../lib/ml/onnx/score';
import { taskHandler } from '../../lib/runtime/task-handler';
import type { Column } from '../../lib/tasks/dataset';
import { predictBatch } from '../../lib/tasks/predict-batch';
import { readModel } from '../read-model';

/** Each part is a file that is open while rows come. */
const MAX_PARTS = 1000;

// A block of rows at a time: memory does not grow with the dataset.
export const handler = taskHandler(predictBatch, async (input, context) => {
  const { columns: schema, uri, name } = input.dataset;
  const { classes } = input.model;
  const made = predictionColumns([], classes).map(({ name: column, type }): Column => ({
    name: column,
    type,
  }));
  const doubled = made.find((one) => schema.some((column) => column.name === one.name));
  if (doubled !== undefined)
    throw new InvalidDataset(
      `Dataset '${name}' has a column '${doubled.name}' already, which the predictions bring.`,
    );
  const by = partColumn(schema, input.partitionBy);
  const score = onnxScorer(await readModel(context, input.model));
  const scratch = await context.tmp();
  const path = join(scratch, 'dataset.parquet');
  await context.objects.download(uri, path);
  const columns = [...schema, ...made];
  const files = new Map<string, GrowingParquet>();
  const fileOf = (value: string): GrowingParquet => {
    const known = files.get(value);
    if (known !== undefined) return known;
    if (files.size === MAX_PARTS)
      throw new InvalidDataset(
        `'${by?.name}' has more than ${MAX_PARTS} values; predictions are parted by one of fewer.`,
      );
    const file = new GrowingParquet(join(scratch, `part-${files.size}.parquet`), columns);
    files.set(value, file);
    return file;
  };
  let rows = 0;
  for await (const block of readBlocks(path, schema)) {
    const raw = rawColumns(block, []);
    const scores = checkScores(score(raw), raw, rows);
    const scored: Table = {
      rows: block.rows,
      columns: [...block.columns, ...predictionColumns(scores, classes)],
    };
    if (by === undefined) await fileOf(context.run.ds).add(scored);
    else for (const [value, some] of rowsBy(scored, by)) await fileOf(value).add(takeRows(scored, some));
    rows += block.rows;
  }
  if (by === undefined) fileOf(context.run.ds);
  const predictions = [];
  for (const [value, file] of files) {
    await file.finish();
    const stored = await context.objects.putFile(
      `predictions/${context.run.pipeline}/${input.name}/${by?.name ?? 'ds'}=${encodeURIComponent(value)}/${input.file}.parquet`,
      file.path,
    );
    predictions.push({ ...stored, name: input.name, format: 'parquet' as const, rows: file.rows, columns });
  }
  context.log.info('Predicted', { rows, parts: predictions.length });
  return { predictions, rows };
});

function predictionColumns(
  scores: readonly Float64Array[],
  classes: readonly string[],
): Table['columns'][number][] {
  const numbers = (name: string, values: Float64Array = new Float64Array()) => ({
    name,
    type: 'number' as const,
    values: [...values],
  });
  if (classes.length === 0) return [numbers('prediction', scores[0])];
  return [
    {
      name: 'label',
      type: 'string',
      values: Array.from(predictedClasses(scores), (c) => classes[c] ?? null),
    },
    ...classes.map((label, c) => numbers(`probability_${label}`, scores[c])),
  ];
}

/** @throws InvalidDataset when there is no such column */
function partColumn(schema: readonly Column[], by: string | undefined): Column | undefined {
  if (by === undefined) return undefined;
  const column = schema.find(({ name }) => name === by);
  if (column !== undefined) return column;
  throw new InvalidDataset(
    `There is no column '${by}' to part the predictions by; columns: ${schema.map(({ name }) => name).join(', ')}.`,
  );
}

/** Row numbers by the value they belong to. */
function rowsBy(table: Table, { name, type }: Column): Map<string, number[]> {
  const parts = new Map<string, number[]>();
  table.columns
    .find((column) => column.name === name)
    ?.values.forEach((value, row) => {
      // A date comes as an instant; its day is what Hive's tools expect.
      const key = type === 'date' ? String(value).slice(0, 10) : String(value);
      const rows = parts.get(key);
      if (rows === undefined) parts.set(key, [row]);
      else rows.push(row);
    });
  return parts;
}
