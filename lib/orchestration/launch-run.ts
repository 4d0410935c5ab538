/**
 * Launches a logical run: which run a request becomes is written down together with its place in the queue, so that
 * asking twice starts once, and nothing that was promised is lost.
 */
import { createHash } from 'node:crypto';
import { NEW, put, type Key } from '../aws/dynamo-table';
import { orchestrationTable } from '../aws/tables';
import type { JsonObject } from '../model/json';
import type { TriggerType } from '../model/run-context';
import { readDeployed, type DeployedPipeline } from './deployed-pipelines';
import { auditItem } from './audit';
import { parseExecutionInput } from './execution-input';
import { expiry, launchKey, pipelineKey, queueKey } from './keys';
import { machineOf } from './machine-of';
import { parseParams } from './parse-params';
import type { Place } from './place';
import { admit, executionArn, queueItem, type QueuedRun } from './queue';
import { launchedRunId } from './run-id';
import { hasDate } from './run-record';

export interface LaunchRequest {
  readonly pipeline: string;
  readonly params?: JsonObject;
  /** @default 'manual' */
  readonly trigger?: TriggerType;
  /** @default now */
  readonly logicalDate?: string;
  readonly dataIntervalStart?: string;
  readonly dataIntervalEnd?: string;
  /** False: no task takes the result of an earlier run. @default true */
  readonly cache?: boolean;
  /** What makes two requests the same one. @default the logical date when there is one, else every request is its own */
  readonly token?: string;
  /** Who asks, and why, for the audit. @default what triggered it */
  readonly by?: string;
  readonly why?: string;
  /** Id of the backfill that asks. */
  readonly backfill?: string;
}

export interface Launched {
  readonly runId: string;
  readonly executionArn: string;
  /** True when the run waits for a slot, for its past, or because the pipeline is paused. */
  readonly queued: boolean;
}

/** @throws UnknownPipeline, InvalidParams: before anything is written */
export async function launchRun(request: LaunchRequest, place: Place): Promise<Launched> {
  const run = await enqueueRun(request, place);
  await admit(request.pipeline, place);
  const waiting = await orchestrationTable().get(queueKey(run.pipeline, run.logicalDate, run.runId));
  return {
    runId: run.runId,
    executionArn: executionArn(machineOf(request.pipeline, place), run.execution),
    queued: waiting !== undefined,
  };
}

/** Puts a run into the queue, once per request. */
export async function enqueueRun(
  request: LaunchRequest,
  place: Place,
  deployed?: DeployedPipeline,
): Promise<QueuedRun> {
  const { pipeline } = request;
  const { paramsSchema } = deployed ?? (await readDeployed(machineOf(pipeline, place), pipeline));
  const { token, pipeline: _pipeline, backfill, by, why, ...given } = request;
  const checked = parseExecutionInput(pipeline, given);
  parseParams(pipeline, paramsSchema, checked.params);
  const trigger = checked.trigger ?? 'manual';
  const now = place.now().toISOString();
  const logicalDate = checked.logicalDate ?? now;
  const identity = hasDate({ trigger })
    ? identityOfDate(pipeline, logicalDate)
    : JSON.stringify([pipeline, trigger, token ?? checked.logicalDate ?? place.requestId]);
  const runId = checked.runId ?? launchedRunId(pipeline, trigger, logicalDate, identity);
  const input: QueuedRun['input'] = { ...checked, params: checked.params ?? {}, trigger, logicalDate, runId };
  const run: QueuedRun = {
    runId,
    pipeline,
    execution: runId,
    logicalDate,
    input,
    queuedAt: now,
    ...(backfill === undefined ? {} : { backfill }),
  };
  const key = launchKeyOf(pipeline, identity);
  const table = orchestrationTable();
  // For the sweep, also when this is the first run and nobody gets to admit it. A backfill has done so.
  if (backfill === undefined) await table.put({ ...pipelineKey(pipeline), pipeline });
  const refused = await table.transact([
    put({ ...key, run, ttl: expiry(place.now().getTime()) }, NEW),
    put(queueItem(run)),
    // With the run, or not at all.
    put(
      auditItem(runId, { action: 'start', by: by ?? trigger, ...(why === undefined ? {} : { why }) }, place),
    ),
  ]);
  if (refused === undefined) return run;
  const earlier = await table.get<{ run: QueuedRun }>(key);
  return earlier?.run ?? run;
}

/** Takes a run out of the queue. Its date can be asked for again: then the run is queued anew. */
export async function dequeueRun({
  pipeline,
  logicalDate,
  runId,
  execution,
  input,
}: QueuedRun): Promise<void> {
  // Of a rerun the date has its run, and keeps it.
  if (execution === runId && hasDate({ trigger: input.trigger ?? 'manual' }))
    await orchestrationTable().delete(launchKeyOf(pipeline, identityOfDate(pipeline, logicalDate)));
  await orchestrationTable().delete(queueKey(pipeline, logicalDate, runId));
}

/** A date has one run, whoever asks for it. */
function identityOfDate(pipeline: string, logicalDate: string): string {
  return JSON.stringify([pipeline, 'date', logicalDate]);
}

function launchKeyOf(pipeline: string, identity: string): Key {
  return launchKey(pipeline, createHash('sha256').update(identity).digest('hex').slice(0, 32));
}
