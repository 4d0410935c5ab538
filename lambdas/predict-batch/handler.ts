import { InvalidDataset } from '../../lib/data/invalid-dataset';
import { readParquet, type Table } from '../../lib/data/read-parquet';
import { takeRows } from '../../lib/data/take-rows';
import { writeParquet } from '../../lib/data/write-parquet';
import { rawColumns } from '../../lib/ml/feature-data';
import { predictedClasses } from '../../lib/ml/metrics';
import { scoreOnnx } from '../../lib/ml/onnx/score';
import { taskHandler } from '../../lib/runtime/task-handler';
import { predictBatch } from '../../lib/tasks/predict-batch';
import { readModel } from '../read-model';

export const handler = taskHandler(predictBatch, async (input, context) => {
  const { columns: schema, uri } = input.dataset;
  const table = await readParquet(await context.objects.getBytes(uri), schema);
  const scores = scoreOnnx(await readModel(context, input.model), rawColumns(table, []));
  const made = predictionColumns(scores, input.model.classes);
  const doubled = made.find(({ name }) => schema.some((column) => column.name === name));
  if (doubled !== undefined)
    throw new InvalidDataset(
      `Dataset '${input.dataset.name}' has a column '${doubled.name}' already, which the predictions bring.`,
    );
  const scored: Table = { rows: table.rows, columns: [...table.columns, ...made] };
  const { column, parts } = partsOf(scored, input.partitionBy, context.run.ds);
  const predictions = await Promise.all(
    [...parts].map(async ([value, rows]) => {
      const part = takeRows(scored, rows);
      const stored = await context.objects.putBytes(
        `predictions/${context.run.pipeline}/${input.name}/${column}=${encodeURIComponent(value)}/${input.file}.parquet`,
        writeParquet(part),
      );
      return {
        ...stored,
        name: input.name,
        format: 'parquet' as const,
        rows: rows.length,
        columns: scored.columns.map(({ name, type }) => ({ name, type })),
      };
    }),
  );
  context.log.info('Predicted', { rows: table.rows, parts: predictions.length });
  return { predictions, rows: table.rows };
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

/** Row numbers by the value they belong to. @throws InvalidDataset when there is no such column */
function partsOf(table: Table, by: string | undefined, ds: string) {
  if (by === undefined)
    return { column: 'ds', parts: new Map([[ds, Array.from({ length: table.rows }, (_, row) => row)]]) };
  const column = table.columns.find(({ name }) => name === by);
  if (column === undefined)
    throw new InvalidDataset(
      `There is no column '${by}' to part the predictions by; columns: ${table.columns.map(({ name }) => name).join(', ')}.`,
    );
  const parts = new Map<string, number[]>();
  column.values.forEach((value, row) => {
    // A date comes as an instant; its day is what Hive's tools expect.
    const key = column.type === 'date' ? String(value).slice(0, 10) : String(value);
    const rows = parts.get(key);
    if (rows === undefined) parts.set(key, [row]);
    else rows.push(row);
  });
  return { column: by, parts };
}
