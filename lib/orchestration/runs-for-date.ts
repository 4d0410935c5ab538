import { runsStartedSince } from './list-runs';
import type { RunListing } from './run-record';

/**
 * Runs of a pipeline for a logical date, the latest start first.
 * @param date `YYYY-MM-DD` for any run of that day in UTC, or the whole instant
 */
export async function runsForDate(pipeline: string, date: string): Promise<RunListing[]> {
  const wanted = date.length === 10 ? date : new Date(date).toISOString();
  // A run starts after its logical date, which is where its data begins.
  const runs = await runsStartedSince(pipeline, wanted.slice(0, 10));
  return runs.filter((run) => run.logicalDate.startsWith(wanted));
}
