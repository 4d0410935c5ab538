/** What AWS measures by itself: functions and executions of machines. */
import type { BusEvent } from '../service';
import type { Metrics } from './metrics';

export function functionEnded(
  metrics: Metrics,
  FunctionName: string,
  milliseconds: number,
  failed: boolean,
): void {
  const put = (name: string, value: number, unit: string) =>
    metrics.put({ namespace: 'AWS/Lambda', name, dimensions: { FunctionName } }, value, unit);
  put('Invocations', 1, 'Count');
  put('Errors', failed ? 1 : 0, 'Count');
  put('Duration', milliseconds, 'Milliseconds');
}

/** Of the function, and of all together, which share the quota. */
export function functionThrottled(metrics: Metrics, FunctionName: string): void {
  for (const dimensions of [{ FunctionName }, {}])
    metrics.put({ namespace: 'AWS/Lambda', name: 'Throttles', dimensions }, 1, 'Count');
}

/**
 * Messages that lie in a queue.
 * @param still that nothing has changed: told as AWS does every minute while a queue is in use
 */
export function queueHolds(metrics: Metrics, QueueName: string, visible: number, still = false): void {
  const selection = {
    namespace: 'AWS/SQS',
    name: 'ApproximateNumberOfMessagesVisible',
    dimensions: { QueueName },
  };
  if (still) metrics.repeat(selection, visible);
  else metrics.put(selection, visible, 'None');
}

const OUTCOMES: Readonly<Record<string, string>> = {
  RUNNING: 'ExecutionsStarted',
  SUCCEEDED: 'ExecutionsSucceeded',
  FAILED: 'ExecutionsFailed',
  TIMED_OUT: 'ExecutionsTimedOut',
  ABORTED: 'ExecutionsAborted',
};

/** Out of the event by which Step Functions tells it; other events are none of its business. */
export function executionEnded(metrics: Metrics, event: BusEvent): void {
  if (event['detail-type'] !== 'Step Functions Execution Status Change') return;
  const { status, stateMachineArn, startDate, stopDate } = event.detail as {
    readonly status: string;
    readonly stateMachineArn: string;
    readonly startDate: number;
    readonly stopDate: number | null;
  };
  const name = OUTCOMES[status];
  if (name === undefined) return;
  const dimensions = { StateMachineArn: stateMachineArn };
  metrics.put({ namespace: 'AWS/States', name, dimensions }, 1, 'Count');
  if (stopDate !== null)
    metrics.put(
      { namespace: 'AWS/States', name: 'ExecutionTime', dimensions },
      stopDate - startDate,
      'Milliseconds',
    );
}
