import { put, update } from '../aws/dynamo-table';
import { orchestrationTable } from '../aws/tables';
import { closeTracking } from './close-tracking';
import { dateKey, expiry, listingKey, runKey, unarchivedKey } from './keys';
import type { Json } from '../model/json';
import { hasDate, type RunRecord, type RunStatus } from './run-record';

export interface RunEnd {
  readonly status: Exclude<RunStatus, 'running'>;
  readonly message: string;
  /** ISO instant. */
  readonly endedAt: string;
  /** `machine`: the machine's own last state, whose word counts. `event`: told from outside, counts for a run that is going on. */
  readonly toldBy: 'machine' | 'event';
  /** What the run returns. */
  readonly result?: Json;
}

/**
 * Ends a logical run if `execution` still owns it; returns false when it does not. The record of the run is written
 * last, so that who was killed before it finds the run still open and does all of it again.
 */
export async function closeRun(
  run: Pick<RunRecord, 'runId' | 'pipeline' | 'startedAt' | 'context'>,
  execution: string,
  end: RunEnd,
): Promise<boolean> {
  await closeTracking(run.runId, end.status, end.endedAt);
  const change = {
    UpdateExpression: 'SET #status = :status, #ended = :ended, #message = :message',
    ConditionExpression:
      end.toldBy === 'machine' ? '#execution = :execution' : '#execution = :execution AND #status = :running',
    ExpressionAttributeNames: {
      '#status': 'status',
      '#message': 'message',
      '#ended': 'endedAt',
      '#execution': 'execution',
    },
    ExpressionAttributeValues: {
      ':status': end.status,
      ':ended': end.endedAt,
      ':message': end.message,
      ':execution': execution,
      ...(end.toldBy === 'machine' ? {} : { ':running': 'running' }),
    },
  };
  const refused = await orchestrationTable().transact([
    update(runKey(run.runId), withResult(change, end.result)),
    update(listingKey(run.pipeline, run.startedAt, run.runId), change),
    // What it logged goes to the archive some minutes later.
    put({
      ...unarchivedKey(end.endedAt, run.runId),
      runId: run.runId,
      pipeline: run.pipeline,
      startedAt: run.startedAt,
      endedAt: end.endedAt,
      ttl: expiry(Date.parse(end.endedAt)),
    }),
    ...(hasDate(run.context)
      ? [
          update(dateKey(run.pipeline, run.context.logicalDate), {
            UpdateExpression: 'SET #status = :status, #run = :run',
            ExpressionAttributeNames: { '#status': 'status', '#run': 'runId' },
            ExpressionAttributeValues: { ':status': end.status, ':run': run.runId },
          }),
        ]
      : []),
  ]);
  return refused === undefined;
}

/** The listing has no use for it. */
function withResult<
  Change extends {
    readonly UpdateExpression: string;
    readonly ExpressionAttributeNames: object;
    readonly ExpressionAttributeValues: object;
  },
>(change: Change, result: Json | undefined): Change {
  return {
    ...change,
    UpdateExpression: `${change.UpdateExpression} ${result === undefined ? 'REMOVE #result' : ', #result = :result'}`,
    ExpressionAttributeNames: { ...change.ExpressionAttributeNames, '#result': 'result' },
    ExpressionAttributeValues: {
      ...change.ExpressionAttributeValues,
      ...(result === undefined ? {} : { ':result': result }),
    },
  };
}
