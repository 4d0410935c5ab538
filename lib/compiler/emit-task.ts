/** The state of one task: a Lambda invocation with its retries, or nothing but an assignment. */
import { NON_RETRYABLE } from '../model/errors';
import type { Json } from '../model/json';
import type { ContractTask, TaskNode } from '../model/task-node';
import type { Assign, Catcher } from './asl';
import type { CompileContext } from './compile-context';
import type { Scope } from './scope';
import { expressionOf, valueToJson, wrap, type Lookup } from './jsonata';
import { stateNameOf, summaryOf } from './names';

export interface TaskPath {
  readonly next: string;
  readonly onFailure: string;
  /** Statuses of the tasks that a failure jumps over. */
  readonly failedAssign: Assign;
  readonly variable: string;
}

/** Beyond the function's own timeout, so that the function's error is the one that is seen. */
const TIMEOUT_MARGIN_SECONDS = 10;

export function emitTask(
  context: CompileContext,
  task: TaskNode,
  scope: Scope,
  lookup: Lookup,
  path: TaskPath,
): void {
  const name = stateNameOf(task.id);
  const around = scope.surroundings;
  if (task.kind !== 'task') {
    scope.states[name] = {
      Type: 'Pass',
      ...(task.docs === undefined ? {} : { Comment: task.docs }),
      Assign: { [path.variable]: passedResult(task, lookup) },
      Output: {},
      Next: path.next,
    };
    return;
  }
  scope.states[name] = {
    Type: 'Task',
    Comment: summaryOf(task),
    Resource: 'arn:aws:states:::lambda:invoke',
    TimeoutSeconds: task.timeoutSeconds + TIMEOUT_MARGIN_SECONDS,
    Arguments: {
      FunctionName: `\${${context.functionFor(task.id).substitution}}`,
      Payload: {
        task:
          around.each === undefined
            ? task.id
            : wrap(`${JSON.stringify(`${task.id}[`)} & $string($${around.each}.index) & "]"`),
        run: wrap(`$${around.run}`),
        attempt: '{% $states.context.State.RetryCount %}',
        execution: wrap(`$${around.execution}`),
        redrive: wrap(`$${around.redrive}`),
        input: valueToJson(task.input, lookup),
        returns: { ...context.returns.get(task.id) },
      },
    },
    Assign: { [path.variable]: '{% $states.result.Payload %}' },
    Output: {},
    Retry: retriesOf(task),
    ...(context.model.failureMode === 'failFast' ? {} : { Catch: catchersOf(path) }),
    Next: path.next,
  };
}

/** What a task leaves that only computes. */
function passedResult(task: Exclude<TaskNode, ContractTask>, lookup: Lookup): Json {
  switch (task.kind) {
    case 'short-circuit': {
      const condition = expressionOf(task.condition, lookup);
      return wrap(`${condition} ? {'status': 'success', 'out': true} : {'status': 'skipped'}`);
    }
    case 'choose': {
      const cases = task.cases.map(
        ({ choice, condition }) => `${expressionOf(condition, lookup)} ? ${JSON.stringify(choice)}`,
      );
      const chosen = `[${cases.map((one) => `(${one})`).join(', ')}]`;
      return {
        status: 'success',
        out: wrap(
          task.otherwise === undefined
            ? chosen
            : `($c := ${chosen}; $count($c) = 0 ? [${JSON.stringify(task.otherwise)}] : $c)`,
        ),
      };
    }
    case 'branch':
    case 'empty':
    case 'map':
      return { status: 'success', out: null };
  }
}

/** Faults of the service, not of the task: retried on their own account. */
export const SERVICE_RETRY: Json = {
  ErrorEquals: [
    'Lambda.ServiceException',
    'Lambda.AWSLambdaException',
    'Lambda.SdkClientException',
    'Lambda.TooManyRequestsException',
    'Lambda.ClientExecutionTimeoutException',
  ],
  IntervalSeconds: 1,
  MaxAttempts: 5,
  BackoffRate: 2,
  MaxDelaySeconds: 30,
  JitterStrategy: 'FULL',
};

function retriesOf(task: ContractTask): Json[] {
  const { retry } = task;
  const never: Json = {
    ErrorEquals: [...NON_RETRYABLE, 'States.DataLimitExceeded', 'States.QueryEvaluationError'],
    MaxAttempts: 0,
  };
  if (retry.retries === 0) return [SERVICE_RETRY];
  return [
    SERVICE_RETRY,
    never,
    {
      ErrorEquals: ['States.ALL'],
      IntervalSeconds: Math.max(1, Math.round(retry.delaySeconds)),
      MaxAttempts: retry.retries,
      BackoffRate: retry.backoffRate,
      ...(retry.maxDelaySeconds === undefined ? {} : { MaxDelaySeconds: retry.maxDelaySeconds }),
      ...(retry.jitter ? { JitterStrategy: 'FULL' } : {}),
    },
  ];
}

/** States.ALL does not promise to match States.DataLimitExceeded, so that is named first. */
export function catchersOf(path: TaskPath): Catcher[] {
  const catcher = (error: string): Catcher => ({
    ErrorEquals: [error],
    Assign: {
      [path.variable]: { status: 'failed', error: '{% $states.errorOutput %}' },
      ...path.failedAssign,
    },
    Output: {},
    Next: path.onFailure,
  });
  return [catcher('States.DataLimitExceeded'), catcher('States.ALL')];
}
