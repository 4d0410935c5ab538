/** Runs the steps of a transform over Parquet files, as one statement that spills to the scratch directory. */
import { Database, threadsWithin } from './duckdb';
import { compileSteps, type StepsRequest } from './transform/compile-steps';
import { lockDown, namingFaults, writeSelect, type WrittenSelect } from './write-select';

export interface StepsTransform extends StepsRequest {
  /** File the Parquet goes to, in the scratch directory. */
  readonly target: string;
  readonly scratch: string;
  readonly memoryMb: number;
  /** The file is the same with any number. @default as many as processors and memory allow */
  readonly threads?: number;
}

/** What adds up fractions of several rows: with more threads in another order each time. */
const ADDING: ReadonlySet<string> = new Set(['aggregate', 'pivot', 'impute-by']);

/** @throws InvalidDataset for names that are not there, values that do not fit, and casts that fail */
export async function transformWithSteps(request: StepsTransform): Promise<WrittenSelect> {
  const { memoryMb, scratch, target, steps } = request;
  const within = <T>(threads: number, work: (database: Database) => Promise<T>): Promise<T> =>
    Database.use({ memoryMb, scratch, threads }, (database) =>
      namingFaults('A step', async () => {
        await lockDown(database, scratch);
        return work(database);
      }),
    );
  const compiled = await within(1, (database) =>
    compileSteps(request, (sql, values) => database.rowsNamed(sql, values)),
  );
  const adds = steps.some((step) =>
    ADDING.has(step.step === 'impute' && step.by.length > 0 ? 'impute-by' : step.step),
  );
  const threads = adds ? 1 : (request.threads ?? threadsWithin(memoryMb));
  const { rows } = await within(threads, (database) =>
    writeSelect(database, compiled.sql, compiled.values, target),
  );
  return { rows, columns: [...compiled.columns] };
}
