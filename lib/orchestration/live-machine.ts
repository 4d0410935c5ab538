/**
 * Versions of the machine of a pipeline. Each deployment publishes one and moves the alias `live` to it; runs are started
 * through the alias, so that moving it back rolls back what is to come and leaves what goes on.
 */
import {
  DescribeStateMachineAliasCommand,
  ListStateMachineVersionsCommand,
  UpdateStateMachineAliasCommand,
} from '@aws-sdk/client-sfn';
import { sfnClient } from '../aws/clients/sfn';

const LIVE = 'live';

export interface MachineVersion {
  readonly number: number;
  /** ISO instant. */
  readonly createdAt: string;
  readonly live: boolean;
}

/** ARN of what new runs are started as; the machine itself when it was deployed without an alias. */
export async function startArnOf(machineArn: string): Promise<string> {
  return (await liveVersionOf(machineArn)) === undefined ? machineArn : `${machineArn}:${LIVE}`;
}

/** ARN of the version that the alias points at. */
export async function liveVersionOf(machineArn: string): Promise<string | undefined> {
  try {
    const { routingConfiguration = [] } = await sfnClient().send(
      new DescribeStateMachineAliasCommand({ stateMachineAliasArn: `${machineArn}:${LIVE}` }),
    );
    return routingConfiguration[0]?.stateMachineVersionArn;
  } catch (error) {
    const name = error instanceof Error ? error.name : '';
    if (['ResourceNotFound', 'StateMachineDoesNotExist', 'InvalidArn'].includes(name)) return undefined;
    throw error;
  }
}

/** Newest first. */
export async function versionsOf(machineArn: string): Promise<MachineVersion[]> {
  const live = versionNumber(await liveVersionOf(machineArn));
  const found: MachineVersion[] = [];
  let nextToken: string | undefined;
  do {
    const page = await sfnClient().send(
      new ListStateMachineVersionsCommand({ stateMachineArn: machineArn, nextToken, maxResults: 1000 }),
    );
    for (const { stateMachineVersionArn, creationDate } of page.stateMachineVersions ?? []) {
      const number = versionNumber(stateMachineVersionArn);
      if (number !== undefined)
        found.push({ number, createdAt: creationDate?.toISOString() ?? '', live: number === live });
    }
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  return found.sort((a, b) => b.number - a.number);
}

export async function pointLiveAt(machineArn: string, version: number): Promise<void> {
  await sfnClient().send(
    new UpdateStateMachineAliasCommand({
      stateMachineAliasArn: `${machineArn}:${LIVE}`,
      routingConfiguration: [{ stateMachineVersionArn: `${machineArn}:${version}`, weight: 100 }],
    }),
  );
}

/** `…:stateMachine:<name>:7` → 7. */
export function versionNumber(versionArn: string | undefined): number | undefined {
  const number = /:stateMachine:[^:]+:(\d+)$/.exec(versionArn ?? '')?.[1];
  return number === undefined ? undefined : Number(number);
}
