/**
 * Writes the state that starts a run of another pipeline. The id of that run follows from this run and the task, so that
 * a retry or a rerun means the same run: what succeeded in it is not done again.
 */
import type { Json } from '../model/json';
import type { TriggerTask } from '../model/task-node';
import type { CompileContext } from './compile-context';
import { catchersOf, retriesOf, taskName, type TaskPath } from './emit-task';
import { valueToJson, wrap, type Lookup } from './jsonata';
import { machineSubstitutionOf, stateNameOf, summaryOf } from './names';
import type { Scope } from './scope';
import { START_RETRY } from './service-faults';

export function emitTrigger(
  context: CompileContext,
  task: TriggerTask,
  scope: Scope,
  lookup: Lookup,
  path: TaskPath,
): void {
  const { execution, redrive } = scope.surroundings;
  const asker = `$${lookup.run}.id & "/" & ${taskName(task.id, scope)}`;
  const runId = `"${task.pipeline}--pipeline--" & $substring($hash(${asker}, "SHA-256"), 0, 24)`;
  const attempt = `$${execution} & "/" & $string($${redrive}) & "/" & $string($states.context.State.RetryCount)`;
  const request: { readonly [name: string]: Json } = {
    params: valueToJson(task.params, lookup),
    trigger: 'pipeline',
    logicalDate: valueToJson(task.logicalDate, lookup),
  };
  scope.states[stateNameOf(task.id)] = {
    Type: 'Task',
    Comment: summaryOf(task),
    ...(task.wait
      ? {
          Resource: 'arn:aws:states:::states:startExecution.sync:2',
          TimeoutSeconds: task.timeoutSeconds,
          Arguments: {
            StateMachineArn: `\${${machineSubstitutionOf(task.pipeline)}}`,
            // An execution's name serves once; the run that it carries on is named in its input.
            Name: wrap(
              `$substring(${runId}, 0, 60) & "-" & $substring($hash(${asker} & ${attempt}, "SHA-256"), 0, 16)`,
            ),
            Input: { runId: wrap(runId), ...request },
          },
          Assign: {
            [path.variable]: {
              status: 'success',
              out: { runId: wrap(runId), executionArn: '{% $states.result.ExecutionArn %}' },
            },
          },
        }
      : {
          Resource: 'arn:aws:states:::lambda:invoke',
          TimeoutSeconds: 70,
          Arguments: {
            FunctionName: '${Launcher}',
            Payload: { pipeline: task.pipeline, ...request, token: wrap(asker) },
          },
          Assign: {
            [path.variable]: {
              status: 'success',
              out: {
                runId: '{% $states.result.Payload.runId %}',
                executionArn: '{% $states.result.Payload.executionArn %}',
              },
            },
          },
        }),
    Output: {},
    Retry: task.wait ? retriesOf(task, START_RETRY) : retriesOf(task),
    ...(context.model.failureMode === 'failFast' ? {} : { Catch: catchersOf(path) }),
    Next: path.next,
  };
}
