import { createHash } from 'node:crypto';
import { readParquet } from '../../lib/data/read-parquet';
import { writeParquet } from '../../lib/data/write-parquet';
import { rawColumns } from '../../lib/ml/feature-data';
import { transformColumns, type ColumnTransformerState } from '../../lib/ml/preprocessing/column-transformer';
import { taskHandler } from '../../lib/runtime/task-handler';
import { applyFeatures } from '../../lib/tasks/apply-features';
import { allRows, featureTable } from '../feature-table';

export const handler = taskHandler(
  applyFeatures,
  async ({ dataset, state, keep, name }, { objects, run }) => {
    const source = await readParquet(await objects.getBytes(dataset.uri), dataset.columns);
    const fitted = await objects.getJson<ColumnTransformerState>(state.uri);
    const features = transformColumns(fitted, rawColumns(source, []), allRows(source.rows));
    const table = featureTable(features, source, keep);
    const bytes = writeParquet(table);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const stored = await objects.putBytes(`datasets/${run.pipeline}/${name}/${sha256}.parquet`, bytes);
    const columns = table.columns.map((column) => ({ name: column.name, type: column.type }));
    const made = { by: applyFeatures.name, from: [dataset.uri, state.uri] };
    return { dataset: { ...stored, name, format: 'parquet' as const, rows: table.rows, columns, made } };
  },
);
