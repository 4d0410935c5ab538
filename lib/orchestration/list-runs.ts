import { orchestrationTable } from '../aws/tables';
import type { RunListing } from './run-record';

export type { RunListing } from './run-record';

/** The latest runs of a pipeline, newest first. */
export async function listRuns(pipeline: string, limit: number): Promise<RunListing[]> {
  return orchestrationTable().query<RunListing>({
    pk: `PIPELINE#${pipeline}`,
    prefix: 'RUN#',
    newestFirst: true,
    limit,
  });
}

/** Those that were started at an instant or after it, newest first. @param since ISO instant */
export async function runsStartedSince(pipeline: string, since: string): Promise<RunListing[]> {
  return orchestrationTable().query<RunListing>({
    pk: `PIPELINE#${pipeline}`,
    between: [`RUN#${since}`, 'RUN#~'],
    newestFirst: true,
  });
}
