import { orchestrationTable } from '../aws/tables';
import { backfillKey } from './keys';

export type Reprocess = 'none' | 'failed' | 'all';

/** A backfill as it was asked for. Its progress is in the runs and in the queue. */
export interface BackfillRecord {
  readonly id: string;
  readonly pipeline: string;
  /** ISO instants: logical dates from the first to the second, both included. */
  readonly from: string;
  readonly to: string;
  readonly maxActive: number;
  readonly reprocess: Reprocess;
  /** The first run that fails ends it. @default false */
  readonly stopOnFailure?: boolean;
  readonly status: 'enqueueing' | 'queued' | 'cancelled' | 'stopped';
  readonly by: string;
  readonly createdAt: string;
  /** Logical dates that it covers, and how many of them had something to do when it was asked for. */
  readonly ticks: number;
  readonly queued: number;
  /** While it puts dates into the queue: the first that is not there yet, and how many have something to do from it on. */
  readonly next?: string;
  readonly left?: number;
}

export async function readBackfill(pipeline: string, id: string): Promise<BackfillRecord | undefined> {
  return orchestrationTable().get<BackfillRecord>(backfillKey(pipeline, id));
}
