import type { Context } from 'aws-lambda';
import type { ReturnMode, TaskEvent } from '../../lib/model/envelope';
import type { Json } from '../../lib/model/json';

export interface TaskEventProps {
  readonly task?: string;
  readonly runId?: string;
  readonly execution?: string;
  readonly attempt?: number;
  readonly redrive?: number;
  readonly input?: Json;
  readonly returns?: Readonly<Record<string, ReturnMode>>;
}

/** What a machine sends to the function of a task. */
export function taskEvent(props: TaskEventProps): TaskEvent {
  return {
    task: props.task ?? 'train',
    run: {
      id: props.runId ?? 'run',
      pipeline: 'credit-risk',
      params: {},
      trigger: 'manual',
      logicalDate: '2026-11-21T06:00:00.000Z',
      dataIntervalStart: '2026-11-21T06:00:00.000Z',
      dataIntervalEnd: '2026-11-21T06:00:00.000Z',
      ds: '2026-11-21',
      dsNodash: '20261121',
      startedAt: '2026-11-21T06:00:00.000Z',
      code: { commit: 'abc123', dirty: false },
    },
    attempt: props.attempt ?? 0,
    execution:
      props.execution ?? 'arn:aws:states:us-east-1:000000000000:execution:millrace-test-credit-risk:x',
    redrive: props.redrive ?? 0,
    input: props.input ?? {},
    returns: props.returns ?? {},
  };
}

let invocations = 0;

/** What Lambda gives a handler besides the event; every call is another invocation. */
export function lambdaContext(remainingMs = 60_000): Context {
  const awsRequestId = `invocation-${++invocations}`;
  const started = Date.now();
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionName: 'millrace-test-credit-risk-train',
    functionVersion: '$LATEST',
    invokedFunctionArn: 'arn:aws:lambda:us-east-1:000000000000:function:millrace-test-launcher',
    memoryLimitInMB: '512',
    awsRequestId,
    logGroupName: '/millrace/test/credit-risk/train',
    logStreamName: awsRequestId,
    getRemainingTimeInMillis: () => remainingMs - (Date.now() - started),
    done: () => {},
    fail: () => {},
    succeed: () => {},
  };
}
