/**
 * The item that holds a run: what it is, and the latest value of everything logged to it. All changes go through
 * `changeRun`, which replaces the item only if nobody else has since it was read.
 */
import { TableBusy, type Key } from '../aws/dynamo-table';
import { pauseBefore } from '../aws/pause';
import { trackingTable } from '../aws/tables';
import { runKey, runPointerKey } from './keys';
import { TrackingRefused } from './tracking-refused';

export type RunStatus = 'RUNNING' | 'SCHEDULED' | 'FINISHED' | 'FAILED' | 'KILLED';

/** Latest point of a metric. The value is text, as DynamoDB's numbers hold neither NaN nor the largest doubles. */
export interface LatestMetric {
  readonly v: string;
  readonly step: number;
  readonly timestamp: number;
}

/** A dataset that a run read. */
export interface DatasetInput {
  readonly name: string;
  /** At most 36 characters, as MLflow asks: the beginning of `sha256`. */
  readonly digest: string;
  readonly sha256: string;
  /** `s3://bucket/key` */
  readonly uri: string;
  readonly versionId?: string;
  /** What it was used for: `training`, `validation`, `test`. */
  readonly context: string;
  readonly rows?: number;
  readonly columns?: readonly { readonly name: string; readonly type: string }[];
}

export interface RunDocument {
  readonly runId: string;
  readonly experimentId: string;
  readonly runName: string;
  readonly status: RunStatus;
  /** Milliseconds since 1970. */
  readonly startTime: number;
  readonly endTime?: number;
  readonly artifactUri: string;
  readonly lifecycleStage: 'active' | 'deleted';
  readonly m: Readonly<Record<string, LatestMetric>>;
  readonly p: Readonly<Record<string, string>>;
  readonly t: Readonly<Record<string, string>>;
  readonly inputs: Readonly<Record<string, DatasetInput>>;
  /** Grows with every change. */
  readonly rev: number;
}

const MAX_ATTEMPTS = 30;

/** @throws TrackingRefused RESOURCE_DOES_NOT_EXIST */
export async function readRunDocument(runId: string): Promise<RunDocument> {
  return (await locate(runId)).run;
}

/**
 * Applies a change to a run. `change` may be called several times and must be idempotent, as a write whose answer was
 * lost is made again. Returning its argument means that there is nothing to write.
 * @throws TrackingRefused for an unknown or deleted run, or whatever `change` throws
 */
export async function changeRun(
  runId: string,
  change: (run: RunDocument) => RunDocument,
): Promise<RunDocument> {
  const table = trackingTable();
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    if (attempt > 0) await pauseBefore(attempt, 5, 200);
    const { key, run } = await locate(runId);
    if (run.lifecycleStage === 'deleted') {
      throw new TrackingRefused(
        'INVALID_PARAMETER_VALUE',
        `The run ${runId} must be in the 'active' state. Current state is deleted.`,
      );
    }
    const changed = change(run);
    if (changed === run) return run;
    const next = { ...changed, rev: run.rev + 1 };
    const written = await table
      .put(
        { ...key, ...next },
        {
          ConditionExpression: 'rev = :rev',
          ExpressionAttributeValues: { ':rev': run.rev },
        },
      )
      .catch((error: unknown) => {
        throw tooLarge(error) ? runIsFull(runId, error) : error;
      });
    if (written) return next;
  }
  throw new TableBusy(table.name);
}

async function locate(runId: string): Promise<{ key: Key; run: RunDocument }> {
  const table = trackingTable();
  const pointer = await table.get<{ experimentId: string; startTime: number }>(runPointerKey(runId));
  const key = pointer === undefined ? undefined : runKey(pointer.experimentId, pointer.startTime, runId);
  const run = key === undefined ? undefined : await table.get<RunDocument>(key);
  if (key === undefined || run === undefined)
    throw new TrackingRefused('RESOURCE_DOES_NOT_EXIST', `Run with id=${runId} not found`);
  return { key, run };
}

function tooLarge(error: unknown): boolean {
  return error instanceof Error && error.name === 'ValidationException' && /item size/i.test(error.message);
}

function runIsFull(runId: string, cause: unknown): TrackingRefused {
  return new TrackingRefused(
    'INVALID_PARAMETER_VALUE',
    `Run ${runId} would hold more than 400 KB of params, tags and metric names. Log long values as an artifact.`,
    { cause },
  );
}
