/**
 * The first state of every machine: params are checked, the logical run is recorded, its context is made.
 *
 * 1. Nothing is written before everything has been checked.
 * 2. The same execution beginning again gets the same context.
 * 3. A logical run belongs to one live execution. When it has ended, another execution may take it on.
 */
import { pauseBefore } from '../aws/pause';
import { auditItem } from './audit';
import { put, TableBusy } from '../aws/dynamo-table';
import { orchestrationTable } from '../aws/tables';
import type { BeginEvent } from '../model/envelope';
import { DoNotRetry } from '../model/errors';
import type { RunContext } from '../model/run-context';
import { hasEnded, versionOf } from './execution-state';
import { parseExecutionInput } from './execution-input';
import { dateKey, expiry, listingKey, runKey } from './keys';
import { parseParams } from './parse-params';
import { manualRunId } from './run-id';
import { hasDate, listingOf, type RunRecord } from './run-record';
import { occupySlot } from './slots';

export class RunAlreadyRunning extends DoNotRetry {
  override readonly name = 'Millrace.RunAlreadyRunning';
}

const MAX_ATTEMPTS = 20;

/** @throws InvalidParams, RunAlreadyRunning */
export async function beginRun(event: BeginEvent): Promise<RunContext> {
  const context = contextOf(event);
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    if (attempt > 0) await pauseBefore(attempt);
    const earlier = await orchestrationTable().get<RunRecord>(runKey(context.id));
    if (earlier?.execution === event.execution.arn) return earlier.context;
    await refuseIfTaken(context, earlier);
    const version = earlier?.version ?? (await versionOf(event.execution.arn));
    const next = takenOn(context, event.execution.arn, version, earlier);
    if (await record(next, earlier, wasLaunched(event))) {
      await occupySlot(next.pipeline, next.runId, {
        execution: next.execution,
        since: next.context.startedAt,
      });
      return next.context;
    }
  }
  throw new TableBusy(orchestrationTable().name);
}

function contextOf(event: BeginEvent): RunContext {
  const input = parseExecutionInput(event.pipeline, event.input);
  const startedAt = new Date(event.execution.startTime).toISOString();
  const logicalDate = input.logicalDate ?? startedAt;
  return {
    id: input.runId ?? manualRunId(event.pipeline, event.execution.name),
    pipeline: event.pipeline,
    params: parseParams(event.pipeline, event.paramsSchema, input.params),
    trigger: input.trigger ?? 'manual',
    logicalDate,
    dataIntervalStart: input.dataIntervalStart ?? logicalDate,
    dataIntervalEnd: input.dataIntervalEnd ?? logicalDate,
    ds: logicalDate.slice(0, 10),
    dsNodash: logicalDate.slice(0, 10).replaceAll('-', ''),
    startedAt,
    code: event.code,
    ...(input.cache === false ? { cache: false } : {}),
  };
}

async function refuseIfTaken(context: RunContext, earlier: RunRecord | undefined): Promise<void> {
  if (earlier === undefined) return;
  if (earlier.pipeline !== context.pipeline) {
    throw new RunAlreadyRunning(
      `The run id ${context.id} belongs to the pipeline ${earlier.pipeline}. Start ${context.pipeline} with another runId.`,
    );
  }
  // The event that tells the end of an execution may be lost, so the execution itself is asked.
  if (earlier.status === 'running' && !(await hasEnded(earlier.execution))) {
    throw new RunAlreadyRunning(
      `The logical run ${context.id} is going on in ${earlier.execution}. Wait for its end, or stop that execution, then start again.`,
    );
  }
}

/** The launcher names the run; by hand it gets its name here. */
function wasLaunched({ input }: BeginEvent): boolean {
  return typeof input === 'object' && input !== null && 'runId' in input;
}

/** A rerun keeps the start of the first execution, under which the run is listed. */
function takenOn(
  context: RunContext,
  execution: string,
  version: number | undefined,
  earlier: RunRecord | undefined,
): RunRecord {
  const startedAt = earlier?.startedAt ?? context.startedAt;
  return {
    runId: context.id,
    pipeline: context.pipeline,
    status: 'running',
    context: { ...context, startedAt },
    execution,
    ...(version === undefined ? {} : { version }),
    executions: [...(earlier?.executions ?? []), execution],
    startedAt,
    ttl: expiry(Date.now()),
  };
}

/** Returns false when somebody else wrote the record since it was read. */
async function record(next: RunRecord, earlier: RunRecord | undefined, launched: boolean): Promise<boolean> {
  const refused = await orchestrationTable().transact([
    put(
      { ...runKey(next.runId), ...next },
      earlier === undefined
        ? { ConditionExpression: 'attribute_not_exists(pk)' }
        : {
            ConditionExpression: '#execution = :earlier AND #status = :status',
            ExpressionAttributeNames: { '#status': 'status', '#execution': 'execution' },
            ExpressionAttributeValues: { ':earlier': earlier.execution, ':status': earlier.status },
          },
    ),
    // Whoever starts an execution without the launcher, in the console or by the API, is named by CloudTrail.
    ...(earlier === undefined && launched === false
      ? [
          put(
            auditItem(
              next.runId,
              { action: 'start', by: 'StartExecution' },
              { now: () => new Date(next.startedAt), requestId: next.execution },
            ),
          ),
        ]
      : []),
    put({ ...listingKey(next.pipeline, next.startedAt, next.runId), ...listingOf(next) }),
    ...(hasDate(next.context)
      ? [
          put({
            ...dateKey(next.pipeline, next.context.logicalDate),
            runId: next.runId,
            logicalDate: next.context.logicalDate,
            status: next.status,
          }),
        ]
      : []),
  ]);
  return refused === undefined;
}
