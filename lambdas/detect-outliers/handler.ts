import { InvalidDataset } from '../../lib/data/invalid-dataset';
import { readParquet, type Table } from '../../lib/data/read-parquet';
import { rawColumns } from '../../lib/ml/feature-data';
import { fenceOutliers, forestOutliers, type NumberColumn } from '../../lib/ml/outliers';
import { didYouMean } from '../../lib/model/suggest';
import { taskHandler } from '../../lib/runtime/task-handler';
import type { InputOf } from '../../lib/tasks/contract';
import { detectOutliers } from '../../lib/tasks/detect-outliers';

const MAX_ROWS = 10_000;

export const handler = taskHandler(detectOutliers, async (input, context) => {
  const { dataset, severity } = input;
  const table = await readParquet(await context.objects.getBytes(dataset.uri), dataset.columns);
  if (table.rows === 0)
    throw new InvalidDataset(`Dataset '${dataset.name}' has no rows. It is ${dataset.uri}.`);
  const columns = chosen(table, input);
  const found =
    input.method === 'iqr'
      ? fenceOutliers(columns, table.rows, input.k)
      : forestOutliers(columns, table.rows, input);
  const rows = Array.from({ length: table.rows }, (_, row) => row).filter(
    (row) => (found.scores[row] ?? 0) > found.threshold,
  );
  rows.sort((a, b) => (found.scores[b] ?? 0) - (found.scores[a] ?? 0) || a - b);
  const lines = rows.slice(0, MAX_ROWS).map((row) =>
    JSON.stringify({
      row: row + 1,
      score: found.scores[row],
      columns: found.columns(row),
      cells: Object.fromEntries(table.columns.map(({ name, values }) => [name, values[row] ?? null])),
    }),
  );
  const outliers = await context.objects.putBytes(
    `reports/${context.run.pipeline}/${context.run.id}/${context.task}.jsonl`,
    lines.map((line) => `${line}\n`).join(''),
    { contentType: 'application/jsonl' },
  );
  const share = rows.length / table.rows;
  const success = share <= input.maxShare;
  if (!success && severity === 'critical')
    throw new InvalidDataset(
      `${rows.length} of ${table.rows} rows of '${dataset.name}' are outliers (${input.method}), more than the share of ${input.maxShare} that is allowed. They are in ${outliers.uri}.`,
    );
  return { dataset, success, severity, count: rows.length, share, outliers };
});

/** @throws InvalidDataset for columns that are not there or hold no numbers */
function chosen(table: Table, { columns, exclude }: InputOf<typeof detectOutliers>): NumberColumn[] {
  const names = table.columns.map(({ name }) => name);
  const unknown = [...(columns ?? []), ...exclude].find((name) => !names.includes(name));
  if (unknown !== undefined)
    throw new InvalidDataset(
      `There is no column '${unknown}'. ${didYouMean(unknown, names)}Columns: ${names.join(', ')}.`,
    );
  const numeric = rawColumns(table, exclude).filter((column) => column.kind === 'number');
  const taken = numeric.filter(({ name }) => columns === undefined || columns.includes(name));
  const text = columns?.find((name) => !taken.some((column) => column.name === name));
  if (text !== undefined) throw new InvalidDataset(`'${text}' is no column of numbers, or is excluded.`);
  if (taken.length === 0) throw new InvalidDataset('There is no column of numbers to look at.');
  return taken;
}
