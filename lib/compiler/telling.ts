/** What the machine itself tells the bus of the stage: about tasks that no function runs. Functions do that themselves. */
import type { Json, JsonObject } from '../model/json';
import type { PipelineModel } from '../model/pipeline';
import type { TaskNode } from '../model/task-node';
import type { Catcher, State } from './asl';
import { taskName } from './emit-task';
import { WRITE_RETRY } from './gates';
import { wrap } from './jsonata';
import type { Scope } from './scope';

export interface Occasions {
  /** A person is asked. */
  readonly asked: boolean;
  readonly retried: boolean;
  readonly failed: boolean;
  readonly succeeded: boolean;
  readonly datasets: readonly string[];
}

const NONE: Occasions = { asked: false, retried: false, failed: false, succeeded: false, datasets: [] };

/** Of what somebody wants to hear. */
export function occasionsOf(model: Pick<PipelineModel, 'alerts'>, task: TaskNode): Occasions {
  const wanted = (channels: readonly unknown[] = []): boolean => channels.length > 0;
  switch (task.kind) {
    case 'approval':
      return { ...NONE, asked: wanted(task.alerts?.onAsk), failed: wanted(task.alerts?.onFailure) };
    case 'call':
    case 'trigger':
    case 'query':
      return {
        asked: false,
        // What Step Functions retries by itself nobody hears of; a query begins each attempt anew.
        retried: task.kind === 'query' && wanted(task.alerts?.onRetry ?? model.alerts?.onRetry),
        failed: wanted(task.alerts?.onFailure),
        succeeded: wanted(task.alerts?.onSuccess),
        datasets: task.outlets ?? [],
      };
    default:
      return NONE;
  }
}

export function tells({ asked, retried, failed, succeeded, datasets }: Occasions): boolean {
  return asked || retried || failed || succeeded || datasets.length > 0;
}

interface Event {
  readonly type: 'Task Retried' | 'Task Failed' | 'Task Succeeded' | 'Dataset Updated' | 'Decision Asked';
  /** Besides run and task. */
  readonly detail: JsonObject;
}

/** The most that one request may have. */
export const MAX_ENTRIES = 10;

/** A state that tells of at most ten events. The integration fails when the bus does not take one of them. */
export function tellingState(
  { pipeline, task, scope }: { readonly pipeline: string; readonly task: string; readonly scope: Scope },
  events: readonly Event[],
  next: string,
  unheard: Catcher | undefined,
): State {
  const { run, execution } = scope.surroundings;
  const about: JsonObject = {
    pipeline,
    run: wrap(`$${run}.id`),
    execution: wrap(`$${execution}`),
    logicalDate: wrap(`$${run}.logicalDate`),
    task: scope.surroundings.each === undefined ? task : wrap(taskName(task, scope)),
  };
  return {
    Type: 'Task',
    Comment: `Tells the bus: ${[...new Set(events.map(({ type }) => type))].join(', ')}`,
    Resource: 'arn:aws:states:::events:putEvents',
    TimeoutSeconds: 60,
    Arguments: {
      Entries: events.map(({ type, detail }): Json => ({
        EventBusName: '${Bus}',
        Source: 'millrace',
        DetailType: type,
        Detail: { ...about, ...detail },
      })),
    },
    Output: {},
    Retry: [WRITE_RETRY],
    ...(unheard === undefined ? {} : { Catch: [unheard] }),
    Next: next,
  };
}

/** People are told if it can be done: what cannot be told goes on. */
export function regardless(next: string): Catcher {
  return { ErrorEquals: ['States.ALL'], Assign: {}, Output: {}, Next: next };
}
