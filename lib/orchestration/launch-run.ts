/** Starts a logical run. The execution's name follows from what started it, so that starting twice starts once. */
import { createHash } from 'node:crypto';
import {
  DescribeStateMachineCommand,
  ListStateMachinesCommand,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { sfnClient } from '../aws/clients';
import { resourceNames } from '../aws/environment';
import type { BeginEvent, ExecutionInput } from '../model/envelope';
import { DoNotRetry } from '../model/errors';
import type { JsonObject } from '../model/json';
import type { TriggerType } from '../model/run-context';
import { parseParams } from './begin-run';

export interface LaunchRequest {
  readonly pipeline: string;
  readonly params?: JsonObject;
  readonly trigger?: TriggerType;
  readonly logicalDate?: string;
  /** What makes two requests the same one. */
  readonly token: string;
}

export interface Launched {
  readonly runId: string;
  readonly executionArn: string;
}

export class UnknownPipeline extends DoNotRetry {
  override readonly name = 'Millrace.UnknownPipeline';
}

/** @throws UnknownPipeline, InvalidParams: before anything is started */
export async function launchRun(
  request: LaunchRequest,
  now: () => Date,
  arnOf: (machine: string) => string,
): Promise<Launched> {
  const { stage } = resourceNames();
  const machineArn = arnOf(`millrace-${stage}-${request.pipeline}`);
  const schema = await paramsSchemaOf(machineArn, request.pipeline);
  parseParams(request.pipeline, schema, request.params ?? {});
  const trigger = request.trigger ?? 'manual';
  const logicalDate = request.logicalDate ?? now().toISOString();
  const stamp = logicalDate.replace(/[-:]|\.\d+/g, '');
  const token = createHash('sha256')
    .update(`${request.pipeline}#${trigger}#${request.token}`)
    .digest('hex')
    .slice(0, 8);
  const runId = `${request.pipeline}--${trigger}--${stamp}-${token}`;
  const input: ExecutionInput = { runId, params: request.params ?? {}, trigger, logicalDate };
  const executionArn = `${machineArn.replace(':stateMachine:', ':execution:')}:${runId}`;
  try {
    const started = await sfnClient().send(
      new StartExecutionCommand({ stateMachineArn: machineArn, name: runId, input: JSON.stringify(input) }),
    );
    return { runId, executionArn: started.executionArn ?? executionArn };
  } catch (error) {
    if (error instanceof Error && error.name === 'ExecutionAlreadyExists') return { runId, executionArn };
    throw error;
  }
}

/** The schema that the machine itself will check against: it stands in its first state. */
async function paramsSchemaOf(machineArn: string, pipeline: string): Promise<JsonObject> {
  try {
    const { definition } = await sfnClient().send(
      new DescribeStateMachineCommand({ stateMachineArn: machineArn }),
    );
    const machine = JSON.parse(definition ?? '{}') as {
      States?: { Begin?: { Arguments?: { Payload?: Partial<BeginEvent> } } };
    };
    return machine.States?.Begin?.Arguments?.Payload?.paramsSchema ?? {};
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'StateMachineDoesNotExist') throw error;
    const prefix = `millrace-${resourceNames().stage}-`;
    const { stateMachines = [] } = await sfnClient().send(new ListStateMachinesCommand({}));
    const ids = stateMachines
      .map((machine) => machine.name ?? '')
      .filter((name) => name.startsWith(prefix))
      .map((name) => name.slice(prefix.length));
    throw new UnknownPipeline(
      `There is no pipeline '${pipeline}' in stage ${resourceNames().stage}. Deployed: ${ids.join(', ') || 'none'}.`,
      { cause: error },
    );
  }
}
