import { z } from 'zod';
import { contract } from './contract';
import { datasetRef } from './dataset';

export const transformSql = contract({
  name: 'transform-sql',
  summary: 'Makes a dataset from others by one SELECT statement of DuckDB.',
  input: z.object({
    /** Datasets by the name that the statement calls them. */
    inputs: z.record(z.string().regex(/^[A-Za-z_]\w*$/), datasetRef),
    /**
     * One SELECT. Values come in as `$name`, bound and never spliced: the params below, and of the run `$ds`,
     * `$ds_nodash`, `$logical_date`, `$data_interval_start`, `$data_interval_end` and `$run_id`, all texts: `$ds::DATE`.
     */
    sql: z.string().min(1),
    params: z
      .record(z.string().regex(/^[A-Za-z_]\w*$/), z.union([z.string(), z.number(), z.boolean(), z.null()]))
      .default({}),
    /** Name of the dataset that is made. */
    name: z.string().regex(/^[a-z0-9][a-z0-9-]*$/),
    /** Whether a result without rows is one; else the task fails. */
    allowEmpty: z.boolean().default(false),
  }),
  output: z.object({ dataset: datasetRef }),
  memoryMb: 1769,
  ephemeralMb: 2048,
  native: ['duckdb'],
  access: [
    { store: 'objects', mode: 'read', prefix: 'datasets/{pipeline}/' },
    { store: 'objects', mode: 'write', prefix: 'datasets/{pipeline}/' },
  ],
});
