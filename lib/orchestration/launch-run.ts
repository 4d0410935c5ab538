/**
 * Starts a logical run. Which run a request becomes is written down before anything is started, and the execution is
 * named after the run, so that asking twice starts once.
 */
import { createHash } from 'node:crypto';
import { StartExecutionCommand } from '@aws-sdk/client-sfn';
import { NEW } from '../aws/dynamo-table';
import { sfnClient } from '../aws/clients';
import { resourceNames } from '../aws/environment';
import { orchestrationTable } from '../aws/tables';
import type { ExecutionInput } from '../model/envelope';
import type { JsonObject } from '../model/json';
import type { TriggerType } from '../model/run-context';
import { readParamsSchema } from './deployed-pipelines';
import { parseExecutionInput } from './execution-input';
import { expiry, launchKey } from './keys';
import { parseParams } from './parse-params';
import { launchedRunId } from './run-id';

export interface LaunchRequest {
  readonly pipeline: string;
  readonly params?: JsonObject;
  /** @default 'manual' */
  readonly trigger?: TriggerType;
  /** @default now */
  readonly logicalDate?: string;
  readonly dataIntervalStart?: string;
  readonly dataIntervalEnd?: string;
  /** What makes two requests the same one. @default the logical date when there is one, else every request is its own */
  readonly token?: string;
}

export interface Launched {
  readonly runId: string;
  readonly executionArn: string;
}

export interface LaunchPlace {
  /** ARN of a machine of this account and region by its name. */
  readonly machineArn: (name: string) => string;
  readonly now: () => Date;
  /** Id of this request, which stays the same when it is delivered again. */
  readonly requestId: string;
}

/** @throws UnknownPipeline, InvalidParams: before anything is started */
export async function launchRun(request: LaunchRequest, place: LaunchPlace): Promise<Launched> {
  const { pipeline } = request;
  const machineArn = place.machineArn(`millrace-${resourceNames().stage}-${pipeline}`);
  const schema = await readParamsSchema(machineArn, pipeline);
  const { token: _token, pipeline: _pipeline, ...given } = request;
  const checked = parseExecutionInput(pipeline, given);
  parseParams(pipeline, schema, checked.params);
  const input = await settle(pipeline, checked, request.token, place);
  const name = input.runId;
  const executionArn = `${machineArn.replace(':stateMachine:', ':execution:')}:${name}`;
  try {
    await sfnClient().send(
      new StartExecutionCommand({ stateMachineArn: machineArn, name, input: JSON.stringify(input) }),
    );
  } catch (error) {
    // Started by an earlier delivery of the same request.
    if (!(error instanceof Error) || error.name !== 'ExecutionAlreadyExists') throw error;
  }
  return { runId: name, executionArn };
}

type Settled = ExecutionInput & { readonly runId: string };

/** The input with which the run is started: that of the first request with the same token. */
async function settle(
  pipeline: string,
  given: ExecutionInput,
  token: string | undefined,
  { now, requestId }: LaunchPlace,
): Promise<Settled> {
  const trigger = given.trigger ?? 'manual';
  const logicalDate = given.logicalDate ?? now().toISOString();
  const identity = JSON.stringify([pipeline, trigger, token ?? given.logicalDate ?? requestId]);
  const input: Settled = {
    ...given,
    params: given.params ?? {},
    trigger,
    logicalDate,
    runId: given.runId ?? launchedRunId(pipeline, trigger, logicalDate, identity),
  };
  const key = launchKey(pipeline, createHash('sha256').update(identity).digest('hex').slice(0, 32));
  const table = orchestrationTable();
  if (await table.put({ ...key, input, ttl: expiry(now().getTime()) }, NEW)) return input;
  return (await table.get<{ input: Settled }>(key))?.input ?? input;
}
