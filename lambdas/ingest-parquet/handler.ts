import { join } from 'node:path';
import { columnTypeOf } from '../../lib/data/column-type';
import { Database, quoteText } from '../../lib/data/duckdb';
import { InvalidDataset } from '../../lib/data/invalid-dataset';
import { taskHandler } from '../../lib/runtime/task-handler';
import { ingestParquet } from '../../lib/tasks/ingest-parquet';
import { memoryMb, storeDataset } from '../made-dataset';

export const handler = taskHandler(ingestParquet, async (input, context) => {
  const scratch = await context.tmp();
  const path = join(scratch, 'source.parquet');
  const source = await context.objects.download(input.source, path);
  const made = await Database.use({ memoryMb: memoryMb(), scratch }, async (database) => {
    const read = `read_parquet(${quoteText(path)})`;
    try {
      const described = await database.rows(`DESCRIBE SELECT * FROM ${read}`);
      const [counted] = await database.rows(`SELECT count(*)::INTEGER AS rows FROM ${read}`);
      return {
        rows: Number(counted?.['rows']),
        columns: described.map((row) => ({
          name: String(row['column_name']),
          type: columnTypeOf(String(row['column_type'])),
        })),
      };
    } catch (cause) {
      throw new InvalidDataset(
        `${source.uri} cannot be read as Parquet: ${cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : String(cause)}`,
        { cause },
      );
    }
  });
  return {
    dataset: await storeDataset(context, input.name, { path, ...made }),
    source: { uri: source.uri, sha256: source.sha256, bytes: source.bytes },
  };
});
