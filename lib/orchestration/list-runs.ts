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
