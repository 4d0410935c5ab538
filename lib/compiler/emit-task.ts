/** The state of one task: a Lambda invocation with its retries, or nothing but an assignment. */
import { NON_RETRYABLE } from '../model/errors';
import type { Json } from '../model/json';
import type { ApprovalTask, ContractTask, Poke, TaskNode, WaitTask } from '../model/task-node';
import type { Assign, Catcher, State } from './asl';
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
  if (task.kind === 'approval') throw new Error('Invariant: approvals have an emitter of their own.');
  if (task.kind === 'wait') {
    scope.states[name] = waitState(context, task, lookup, path);
    return;
  }
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
        ...(task.alerts?.onSuccess === undefined ? {} : { announces: { success: true } }),
        ...(task.poke === undefined
          ? {}
          : {
              poke: {
                last: wrap(`$states.context.State.RetryCount >= ${pokesOf(task.poke)}`),
                softFail: task.poke.softFail,
              },
            }),
      },
    },
    Assign: { [path.variable]: '{% $states.result.Payload %}' },
    Output: {},
    Retry: retriesOf(task),
    ...(context.model.failureMode === 'failFast' ? {} : { Catch: catchersOf(path) }),
    Next: path.next,
  };
}

const INSTANT = '/^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?(Z|[+-]\\d\\d:\\d\\d)$/';
/** The longest a Wait state waits. */
const YEAR_SECONDS = 31_536_000;

/** A Wait state whose expressions are total: what is no time ends the wait at once, as failed. */
function waitState(context: CompileContext, task: WaitTask, lookup: Lookup, path: TaskPath): State {
  const elapsed = task.until === 'elapsed';
  const field = elapsed ? 'Seconds' : 'Timestamp';
  const common = {
    Type: 'Wait',
    ...(task.docs === undefined ? {} : { Comment: task.docs }),
    Output: {},
    Next: path.next,
  } as const;
  const { time } = task;
  if (time.kind === 'literal')
    return {
      ...common,
      [field]: time.value,
      Assign: { [path.variable]: { status: 'success', out: null } },
    };
  const value = expressionOf(time, lookup);
  const usable = elapsed
    ? `$type($t) = 'number' and $t >= 0 and $t <= ${YEAR_SECONDS}`
    : `$type($t) = 'string' and $contains($t, ${INSTANT})`;
  const what = elapsed ? 'no number of seconds up to a year' : 'no ISO 8601 instant';
  const cause = `${JSON.stringify(`${task.id} was given what is ${what}: `)} & $string($t)`;
  const otherwise =
    context.model.failureMode === 'failFast' ? `$error(${cause})` : elapsed ? '0' : "'1970-01-01T00:00:00Z'";
  return {
    ...common,
    [field]: wrap(`($t := ${value}; ${usable} ? ${elapsed ? '$floor($t)' : '$t'} : ${otherwise})`),
    Assign: {
      [path.variable]: wrap(
        `($t := ${value}; ${usable} ? {'status': 'success', 'out': null} : {'status': 'failed', 'error': {'Error': 'Millrace.InvalidInput', 'Cause': ${cause}}})`,
      ),
    },
  };
}

/** What a task leaves that only computes. */
function passedResult(task: Exclude<TaskNode, ContractTask | WaitTask | ApprovalTask>, lookup: Lookup): Json {
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

/** How often a sensor is asked again. */
export function pokesOf({ intervalSeconds, timeoutSeconds }: Poke): number {
  return Math.ceil(timeoutSeconds / intervalSeconds);
}

function retriesOf(task: ContractTask): Json[] {
  const { retry, poke } = task;
  const notReady: Json[] =
    poke === undefined
      ? []
      : [
          {
            ErrorEquals: ['Millrace.NotReady'],
            IntervalSeconds: Math.max(1, Math.round(poke.intervalSeconds)),
            MaxAttempts: pokesOf(poke),
            BackoffRate: 1,
          },
        ];
  const never: Json = {
    ErrorEquals: [...NON_RETRYABLE, 'States.DataLimitExceeded', 'States.QueryEvaluationError'],
    MaxAttempts: 0,
  };
  if (retry.retries === 0) return [SERVICE_RETRY, ...notReady];
  return [
    SERVICE_RETRY,
    ...notReady,
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
