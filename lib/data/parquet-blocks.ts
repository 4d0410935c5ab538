/** Parquet files larger than memory: read some rows at a time, written as they come. */
import { fileWriter, ParquetWriter, schemaFromColumnData } from 'hyparquet-writer';
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from 'hyparquet';
import type { Column } from '../tasks/dataset';
import { tableOf, type Table } from './read-parquet';
import { columnDataOf } from './write-parquet';

/** A group of rows is decoded whole; larger ones are decoded again for each of their parts. */
const MAX_ROWS = 131_072;

/** The rows of a file in their order, a group of rows at a time. @throws InvalidDataset as `readParquet` */
export async function* readBlocks(path: string, schema: readonly Column[]): AsyncGenerator<Table> {
  const file = await asyncBufferFromFile(path);
  const metadata = await parquetMetadataAsync(file);
  const present = new Set(metadata.schema.map(({ name }) => name));
  const columns = schema.map(({ name }) => name).filter((name) => present.has(name));
  let from = 0;
  for (const group of metadata.row_groups) {
    const end = from + Number(group.num_rows);
    for (; from < end; from = Math.min(end, from + MAX_ROWS)) {
      const rowEnd = Math.min(end, from + MAX_ROWS);
      const rows = await parquetReadObjects({
        file,
        metadata,
        rowStart: from,
        rowEnd,
        ...(columns.length === 0 ? {} : { columns }),
      });
      yield tableOf(rows, schema, from);
    }
  }
}

/** A Parquet file that grows by tables of the same columns. */
export class GrowingParquet {
  private readonly writer: ParquetWriter;
  private written = 0;

  constructor(
    readonly path: string,
    columns: readonly Column[],
  ) {
    const empty = columnDataOf({ rows: 0, columns: columns.map((column) => ({ ...column, values: [] })) });
    this.writer = new ParquetWriter({
      writer: fileWriter(path),
      schema: schemaFromColumnData({ columnData: empty }),
    });
  }

  get rows(): number {
    return this.written;
  }

  async add(table: Table): Promise<void> {
    if (table.rows === 0) return;
    // Its columns have their types already.
    const columnData = columnDataOf(table).map(({ name, data }) => ({ name, data }));
    await this.writer.write({ columnData, rowGroupSize: table.rows });
    this.written += table.rows;
  }

  async finish(): Promise<void> {
    await this.writer.finish();
  }
}
