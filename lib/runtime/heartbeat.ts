import { SendTaskHeartbeatCommand } from '@aws-sdk/client-sfn';
import { sfnClient } from '../aws/clients/sfn';

/** Tells the state that waits for the token that work goes on; nothing when none waits. @throws TaskTimedOut when it waits no longer */
export async function sendHeartbeat(taskToken: string | undefined): Promise<void> {
  if (taskToken !== undefined) await sfnClient().send(new SendTaskHeartbeatCommand({ taskToken }));
}
