/** The state of one task: a Lambda invocation with its retries. */
import { NON_RETRYABLE } from '../model/errors';
import type { Json, JsonObject } from '../model/json';
import type { ContractTask, Poke, RetryPolicy } from '../model/task-node';
import type { Assign, Catcher } from './asl';
import type { CompileContext } from './compile-context';
import type { Scope } from './scope';
import { valueToJson, wrap, type Lookup } from './jsonata';
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
  task: ContractTask,
  scope: Scope,
  lookup: Lookup,
  path: TaskPath,
): void {
  const name = stateNameOf(task.id);
  const around = scope.surroundings;
  scope.states[name] = {
    Type: 'Task',
    Comment: summaryOf(task),
    Resource: 'arn:aws:states:::lambda:invoke',
    TimeoutSeconds: task.timeoutSeconds + TIMEOUT_MARGIN_SECONDS,
    Arguments: {
      FunctionName: `\${${context.functionFor(task.id).substitution}}`,
      Payload: {
        task: around.each === undefined ? task.id : wrap(taskName(task.id, scope)),
        run: wrap(`$${around.run}`),
        attempt: '{% $states.context.State.RetryCount %}',
        execution: wrap(`$${around.execution}`),
        redrive: wrap(`$${around.redrive}`),
        input: valueToJson(task.input, lookup),
        returns: { ...context.returns.get(task.id) },
        ...namedErrorsOf(task),
        ...cacheOf(task),
        ...announcementsOf(task, lookup),
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

/** Errors that leave the function under their own names, as a rule of the machine waits for them. */
export function namedErrorsOf({ retry }: Pick<ContractTask, 'retry'>): JsonObject {
  const errors = (retry.rules ?? []).flatMap((rule) => rule.errors);
  return errors.length === 0 ? {} : { errors };
}

export function cacheOf({ cache, environment }: ContractTask): JsonObject {
  if (cache === undefined) return {};
  const { seconds } = cache;
  return { cache: { seconds, ...(Object.keys(environment).length === 0 ? {} : { environment }) } };
}

/** What others hear of the task's success. */
export function announcementsOf(
  { alerts, outlets = [], partitionKey }: Pick<ContractTask, 'alerts' | 'outlets' | 'partitionKey'>,
  lookup: Lookup,
): JsonObject {
  const announces: JsonObject = {
    ...(alerts?.onSuccess === undefined ? {} : { success: true }),
    ...(outlets.length === 0 ? {} : { datasets: outlets }),
    ...(partitionKey === undefined ? {} : { partitionKey: valueToJson(partitionKey, lookup) }),
  };
  return Object.keys(announces).length === 0 ? {} : { announces };
}

/** JSONata for the name under which a task is recorded: inside a map with the index of the item. */
export function taskName(id: string, { surroundings: { each } }: Scope): string {
  return each === undefined
    ? JSON.stringify(id)
    : `${JSON.stringify(`${id}[`)} & $string($${each}.index) & "]"`;
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

/** What a task says of errors by name counts first; then the service's faults, a sensor, and all other errors. */
export function retriesOf(
  { retry, poke }: { readonly retry: RetryPolicy; readonly poke?: Poke },
  faults: Json = SERVICE_RETRY,
): Json[] {
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
  const rules = (retry.rules ?? []).map(({ errors, ...rule }) => retrier(errors, rule));
  if (retry.retries === 0) return [...rules, faults, ...notReady];
  return [...rules, faults, ...notReady, never, retrier(['States.ALL'], retry)];
}

function retrier(errors: readonly string[], retry: Omit<RetryPolicy, 'rules'>): Json {
  if (retry.retries === 0) return { ErrorEquals: [...errors], MaxAttempts: 0 };
  return {
    ErrorEquals: [...errors],
    IntervalSeconds: Math.max(1, Math.round(retry.delaySeconds)),
    MaxAttempts: retry.retries,
    BackoffRate: retry.backoffRate,
    ...(retry.maxDelaySeconds === undefined ? {} : { MaxDelaySeconds: retry.maxDelaySeconds }),
    ...(retry.jitter ? { JitterStrategy: 'FULL' } : {}),
  };
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
