import { DescribeExecutionCommand } from '@aws-sdk/client-sfn';
import { sfnClient } from '../aws/clients/sfn';
import { versionNumber } from './live-machine';

/**
 * True when an execution is known to have ended, or when Step Functions has forgotten it. When it cannot be asked, the
 * answer is false: what may be alive is treated as alive.
 */
export async function hasEnded(executionArn: string): Promise<boolean> {
  try {
    const { status } = await sfnClient().send(new DescribeExecutionCommand({ executionArn }));
    return status !== 'RUNNING' && status !== 'PENDING_REDRIVE';
  } catch (error) {
    const name = error instanceof Error ? error.name : '';
    if (name === 'ExecutionDoesNotExist') return true;
    if (name === 'AccessDeniedException') return false;
    throw error;
  }
}

/** Version of the machine that an execution runs; nothing when it was started without one, or cannot be asked. */
export async function versionOf(executionArn: string): Promise<number | undefined> {
  try {
    const { stateMachineVersionArn } = await sfnClient().send(new DescribeExecutionCommand({ executionArn }));
    return versionNumber(stateMachineVersionArn);
  } catch {
    // A run is not to fail for the sake of a number.
    return undefined;
  }
}
