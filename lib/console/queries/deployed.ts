/** Machines of this stage, by pipeline. */
import { ListStateMachinesCommand } from '@aws-sdk/client-sfn';
import { sfnClient } from '../../aws/clients/sfn';
import { resourceNames } from '../../aws/environment';

export async function deployedMachines(): Promise<Map<string, string>> {
  const prefix = `millrace-${resourceNames().stage}-`;
  const found = new Map<string, string>();
  let nextToken: string | undefined;
  do {
    const page = await sfnClient().send(new ListStateMachinesCommand({ nextToken, maxResults: 1000 }));
    for (const { name = '', stateMachineArn = '' } of page.stateMachines ?? [])
      if (name.startsWith(prefix)) found.set(name.slice(prefix.length), stateMachineArn);
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  return found;
}
