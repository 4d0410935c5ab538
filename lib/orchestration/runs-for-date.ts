import { orchestrationTable } from '../aws/tables';
import type { RunListing } from './run-record';

/**
 * Runs of a pipeline for a logical date, the latest start first.
 * @param date `YYYY-MM-DD` for any run of that day in UTC, or the whole instant
 */
export async function runsForDate(pipeline: string, date: string): Promise<RunListing[]> {
  const wanted = date.length === 10 ? date : new Date(date).toISOString();
  const runs = await orchestrationTable().query<RunListing>({
    pk: `PIPELINE#${pipeline}`,
    // A run starts after its logical date, which is where its data begins.
    between: [`RUN#${wanted.slice(0, 10)}`, 'RUN#~'],
    newestFirst: true,
  });
  return runs.filter((run) => run.logicalDate.startsWith(wanted));
}
