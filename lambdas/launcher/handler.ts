import type { Context } from 'aws-lambda';
import { launchRun, type Launched, type LaunchRequest } from '../../lib/orchestration/launch-run';

export async function handler(request: LaunchRequest, context: Context): Promise<Launched> {
  // arn:aws:lambda:<region>:<account>:function:<name>; the machines are in the same place.
  const [, partition, , region, account] = context.invokedFunctionArn.split(':');
  return launchRun(request, {
    machineArn: (name) => `arn:${partition}:states:${region}:${account}:stateMachine:${name}`,
    now: () => new Date(),
    requestId: context.awsRequestId,
  });
}
