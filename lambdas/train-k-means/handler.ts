import { createHash } from 'node:crypto';
import { InvalidDataset } from '../../lib/data/invalid-dataset';
import { readParquet } from '../../lib/data/read-parquet';
import { writeParquet } from '../../lib/data/write-parquet';
import { rawColumns } from '../../lib/ml/feature-data';
import { fitKMeans, predictKMeans } from '../../lib/ml/k-means';
import { exportRegressorOnnx } from '../../lib/ml/onnx/export';
import { fitPreprocessor, transform } from '../../lib/ml/preprocessor';
import { DoNotRetry } from '../../lib/model/errors';
import { didYouMean } from '../../lib/model/suggest';
import { taskHandler } from '../../lib/runtime/task-handler';
import { trainKMeans } from '../../lib/tasks/train-k-means';
import { allRows } from '../feature-table';
import { saveModel } from '../train-model';

export const handler = taskHandler(trainKMeans, async (input, context) => {
  const { dataset, columns, exclude, name, ...options } = input;
  const names = dataset.columns.map((column) => column.name);
  const unknown = [...(columns ?? []), ...exclude].find((column) => !names.includes(column));
  if (unknown !== undefined)
    throw new InvalidDataset(
      `There is no column '${unknown}'. ${didYouMean(unknown, names)}Columns: ${names.join(', ')}.`,
    );
  if (names.includes('cluster'))
    throw new InvalidDataset(`Dataset '${dataset.name}' has a column 'cluster' already; rename it before.`);
  const table = await readParquet(await context.objects.getBytes(dataset.uri), dataset.columns);
  if (table.rows < options.nClusters)
    throw new DoNotRetry(
      `${options.nClusters} clusters are asked of the ${table.rows} rows of '${dataset.name}'. Take fewer clusters, or more rows.`,
    );
  const raw = rawColumns(table, exclude).filter((column) => columns?.includes(column.name) ?? true);
  const rows = allRows(table.rows);
  const preprocessor = fitPreprocessor(raw, rows);
  const x = transform(preprocessor, raw, rows);
  const started = Date.now();
  const model = fitKMeans(x, options);
  const fitSeconds = (Date.now() - started) / 1000;
  const clusters = Float64Array.from(predictKMeans(model, x));
  const sizes = new Array<number>(options.nClusters).fill(0);
  for (const cluster of clusters) sizes[cluster]!++;
  const learned = { train: { dataset, target: 'cluster', classes: [] }, ...options, exclude, columns };
  const saved = await saveModel(
    context,
    learned,
    { preprocessor, parent: undefined, raw },
    {
      onnx: exportRegressorOnnx(preprocessor, model, {
        pipeline: context.run.pipeline,
        run: context.run.id,
      }),
      expected: [clusters],
      algorithm: model.algorithm,
      besides: [],
      metrics: { inertia: model.inertia, iterations: model.iterations, fit_seconds: fitSeconds },
      notes: {},
    },
  );
  const bytes = writeParquet({
    rows: table.rows,
    columns: [...table.columns, { name: 'cluster', type: 'integer', values: [...clusters] }],
  });
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const stored = await context.objects.putBytes(
    `datasets/${context.run.pipeline}/${name}/${sha256}.parquet`,
    bytes,
  );
  return {
    dataset: {
      ...stored,
      name,
      format: 'parquet' as const,
      rows: table.rows,
      columns: [...dataset.columns, { name: 'cluster', type: 'integer' as const }],
      made: { by: trainKMeans.name, from: [dataset.uri] },
    },
    model: saved,
    inertia: model.inertia,
    sizes,
    fitSeconds,
  };
});
