/** Runs the steps of a transform over Parquet files, as one statement that spills to the scratch directory. */
import { Database, threadsWithin } from './duckdb';
import { compileSteps, type Ask, type StepsRequest } from './transform/compile-steps';
import { confine, namingFaults, writeSelect, type WrittenSelect } from './write-select';

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
  const { memoryMb, scratch, target, steps, threads = threadsWithin(memoryMb) } = request;
  const adds = steps.some((step) =>
    ADDING.has(step.step === 'impute' && step.by.length > 0 ? 'impute-by' : step.step),
  );
  return Database.use({ memoryMb, scratch, threads: 1 }, (database) =>
    namingFaults('A step', async () => {
      await confine(database, scratch);
      const compiled = await compileSteps(
        request,
        askerOf(threads > 1 ? [database, await database.beside()] : [database]),
      );
      if (!adds) await database.run(`SET threads = ${threads}`);
      await database.run('SET lock_configuration = true');
      const { rows } = await writeSelect(database, compiled.sql, compiled.values, target);
      return { rows, columns: [...compiled.columns] };
    }),
  );
}

/** Asks as many at once as there are connections. Each answer is of one thread, so sums are the same every time. */
function askerOf(connections: readonly Database[]): Ask {
  const before = connections.map((): Promise<unknown> => Promise.resolve());
  let asked = 0;
  return (sql, values) => {
    const i = asked++ % connections.length;
    const answer = before[i]!.then(() => connections[i]!.rowsNamed(sql, values));
    before[i] = answer.catch(() => undefined);
    return answer;
  };
}
