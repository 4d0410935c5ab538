import type { Context } from 'aws-lambda';
import type { Place } from './place';

/** The place of a function: machines are in the same account and region. */
export function placeOf(context: Pick<Context, 'invokedFunctionArn' | 'awsRequestId'>): Place {
  // arn:aws:lambda:<region>:<account>:function:<name>
  const [, partition, , region, account] = context.invokedFunctionArn.split(':');
  return {
    machineArn: (name) => `arn:${partition}:states:${region}:${account}:stateMachine:${name}`,
    now: () => new Date(),
    requestId: context.awsRequestId,
  };
}
