/** The first state of every machine: params are checked, the logical run is recorded, its context is made. */
import { GetCommand, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { z } from 'zod';
import { documentClient } from '../aws/clients';
import { resourceNames } from '../aws/environment';
import type { BeginEvent, ExecutionInput } from '../model/envelope';
import { DoNotRetry } from '../model/errors';
import type { JsonObject } from '../model/json';
import type { RunContext } from '../model/run-context';
import { expiry, listingKey, runKey } from './keys';
import type { RunRecord } from './run-record';

export class InvalidParams extends DoNotRetry {
  override readonly name = 'Millrace.InvalidParams';
}

export class RunAlreadyRunning extends DoNotRetry {
  override readonly name = 'Millrace.RunAlreadyRunning';
}

/** @throws InvalidParams that lists every fault */
export function parseParams(pipeline: string, schema: JsonObject, params: unknown): JsonObject {
  const properties = Object.keys((schema['properties'] ?? {}) as object);
  const given = typeof params === 'object' && params !== null && !Array.isArray(params) ? params : undefined;
  const unknown = Object.keys(given ?? {}).filter((name) => !properties.includes(name));
  const parsed = z.fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0]).safeParse(params ?? {});
  const faults = [
    ...unknown.map((name) => `  ${name}: there is no such param`),
    ...(parsed.success
      ? []
      : parsed.error.issues.map(
          (issue) =>
            `  ${issue.path.join('.') || '(all)'}: ${issue.message}, got ${JSON.stringify(at(params, issue.path))}`,
        )),
  ];
  if (faults.length > 0 || !parsed.success) {
    throw new InvalidParams(
      `The params of ${pipeline} are wrong:\n${faults.join('\n')}\nIt takes: ${properties.join(', ') || 'none'}.`,
    );
  }
  return parsed.data as JsonObject;
}

export async function beginRun(event: BeginEvent): Promise<RunContext> {
  const input = (event.input ?? {}) as ExecutionInput;
  const params = parseParams(event.pipeline, event.paramsSchema, input.params ?? {});
  const runId = input.runId ?? runIdFor(event);
  const logicalDate = input.logicalDate ?? event.execution.startTime;
  const context: RunContext = {
    id: runId,
    pipeline: event.pipeline,
    params,
    trigger: input.trigger ?? 'manual',
    logicalDate,
    dataIntervalStart: input.dataIntervalStart ?? logicalDate,
    dataIntervalEnd: input.dataIntervalEnd ?? logicalDate,
    ds: logicalDate.slice(0, 10),
    dsNodash: logicalDate.slice(0, 10).replaceAll('-', ''),
    startedAt: event.execution.startTime,
    code: event.code,
  };
  return record(context, event.execution.arn);
}

async function record(context: RunContext, execution: string): Promise<RunContext> {
  const table = resourceNames().orchestrationTable;
  const { Item } = await documentClient().send(
    new GetCommand({ TableName: table, Key: runKey(context.id), ConsistentRead: true }),
  );
  const earlier = Item as RunRecord | undefined;
  if (earlier?.execution === execution) return earlier.context;
  if (earlier?.status === 'running') {
    throw new RunAlreadyRunning(
      `The logical run ${context.id} is going on in ${earlier.execution}. Wait for its end, or stop that execution.`,
    );
  }
  const next: RunRecord = {
    runId: context.id,
    pipeline: context.pipeline,
    status: 'running',
    context: earlier === undefined ? context : { ...context, startedAt: earlier.context.startedAt },
    execution,
    executions: [...(earlier?.executions ?? []), execution],
    startedAt: earlier?.startedAt ?? context.startedAt,
    ttl: expiry(Date.now()),
  };
  try {
    await documentClient().send(
      new TransactWriteCommand({
        TransactItems: [
          {
            Put: {
              TableName: table,
              Item: { ...runKey(context.id), ...next },
              ConditionExpression:
                'attribute_not_exists(pk) OR (#status <> :running AND execution = :earlier)',
              ExpressionAttributeNames: { '#status': 'status' },
              ExpressionAttributeValues: { ':running': 'running', ':earlier': earlier?.execution ?? '' },
            },
          },
          {
            Put: {
              TableName: table,
              Item: {
                ...listingKey(next.pipeline, next.startedAt, next.runId),
                runId: next.runId,
                pipeline: next.pipeline,
                status: 'running',
                trigger: context.trigger,
                logicalDate: context.logicalDate,
                startedAt: next.startedAt,
                execution,
                ttl: next.ttl,
              },
            },
          },
        ],
      }),
    );
    return next.context;
  } catch (error) {
    // Somebody was faster: the record is read again and decides.
    if (error instanceof Error && error.name === 'TransactionCanceledException')
      return record(context, execution);
    throw error;
  }
}

function runIdFor(event: BeginEvent): string {
  return `${event.pipeline}--manual--${event.execution.name}`.slice(0, 80);
}

function at(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (here, key) =>
      typeof here === 'object' && here !== null ? (here as Record<PropertyKey, unknown>)[key] : undefined,
    value,
  );
}
