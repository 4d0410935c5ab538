/** Runs the steps of a transform over Parquet files, as one statement that spills to the scratch directory. */
import { Database } from './duckdb';
import { compileSteps, type StepsRequest } from './transform/compile-steps';
import { lockDown, namingFaults, writeSelect, type WrittenSelect } from './write-select';

export interface StepsTransform extends StepsRequest {
  /** File the Parquet goes to, in the scratch directory. */
  readonly target: string;
  readonly scratch: string;
  readonly memoryMb: number;
}

/** @throws InvalidDataset for names that are not there, values that do not fit, and casts that fail */
export async function transformWithSteps(request: StepsTransform): Promise<WrittenSelect> {
  const { memoryMb, scratch, target } = request;
  return Database.use({ memoryMb, scratch }, (database) =>
    namingFaults('A step', async () => {
      await lockDown(database, scratch);
      const compiled = await compileSteps(request, (sql, values) => database.rowsNamed(sql, values));
      const { rows } = await writeSelect(database, compiled.sql, compiled.values, target);
      return { rows, columns: [...compiled.columns] };
    }),
  );
}
