/** What is deployed, as Step Functions knows it. */
import { DescribeStateMachineCommand, ListStateMachinesCommand } from '@aws-sdk/client-sfn';
import { sfnClient } from '../aws/clients/sfn';
import { resourceNames } from '../aws/environment';
import { liveVersionOf } from './live-machine';
import type { BeginEvent } from '../model/envelope';
import { DoNotRetry } from '../model/errors';
import type { JsonObject } from '../model/json';
import type { Policy } from '../model/schedule';

export class UnknownPipeline extends DoNotRetry {
  override readonly name = 'Millrace.UnknownPipeline';
}

export interface DeployedPipeline {
  /** The schema that the machine itself will check params against. */
  readonly paramsSchema: JsonObject;
  readonly policy: Policy;
}

/** Both stand in the first state of the machine. @throws UnknownPipeline */
export async function readDeployed(machineArn: string, pipeline: string): Promise<DeployedPipeline> {
  let definition: string | undefined;
  try {
    ({ definition } = await sfnClient().send(
      new DescribeStateMachineCommand({
        stateMachineArn: (await liveVersionOf(machineArn)) ?? machineArn,
      }),
    ));
  } catch (error) {
    const name = error instanceof Error ? error.name : '';
    if (name !== 'StateMachineDoesNotExist' && name !== 'InvalidArn') throw error;
    const { stage } = resourceNames();
    throw new UnknownPipeline(
      `There is no pipeline '${pipeline}' in stage ${stage}. Deployed: ${await deployedPipelines()}. Deploy it (npx cdk deploy millrace-${stage}-${pipeline}) or correct the name.`,
      { cause: error },
    );
  }
  const machine = JSON.parse(definition ?? '{}') as {
    States?: { Begin?: { Arguments?: { Payload?: Partial<BeginEvent> } } };
  };
  const { paramsSchema = {}, policy = UNSCHEDULED } = machine.States?.Begin?.Arguments?.Payload ?? {};
  return { paramsSchema, policy };
}

/** Of a machine that was deployed before policies were written into it. */
const UNSCHEDULED: Policy = {
  schedule: { kind: 'none' },
  catchup: false,
  logicalDate: 'interval-start',
  maxActiveRuns: 16,
  dependsOnPast: false,
};

async function deployedPipelines(): Promise<string> {
  const prefix = `millrace-${resourceNames().stage}-`;
  const found: string[] = [];
  let nextToken: string | undefined;
  do {
    try {
      const page = await sfnClient().send(new ListStateMachinesCommand({ nextToken, maxResults: 1000 }));
      for (const { name = '' } of page.stateMachines ?? [])
        if (name.startsWith(prefix)) found.push(name.slice(prefix.length));
      nextToken = page.nextToken;
    } catch (error) {
      if (error instanceof Error && error.name === 'AccessDeniedException')
        return 'unknown, it may not be listed here';
      throw error;
    }
  } while (nextToken !== undefined);
  return found.sort().join(', ') || 'none';
}
