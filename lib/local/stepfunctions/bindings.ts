/** What the expressions of a state see: variables of its scopes and `$states`. */
import type { Frames } from './frames';
import type { Bindings } from './jsonata';
import type { ExecutionRecord, Frame } from './records';

export interface Extra {
  readonly token?: string;
  readonly result?: unknown;
  readonly errorOutput?: unknown;
  readonly iteration?: { readonly index: number; readonly value: unknown };
}

export function bindingsOf(record: ExecutionRecord, frames: Frames, frame: Frame, extra: Extra): Bindings {
  const scopes: Frame[] = [];
  for (const scope of frames.lineage(frame)) {
    scopes.unshift(scope);
    if (scope.isolated !== undefined) break;
  }
  const iteration = extra.iteration ?? scopes.findLast((scope) => scope.iteration !== undefined)?.iteration;
  return {
    variables: (names) => {
      const found: Record<string, unknown> = {};
      for (const name of names)
        for (const scope of scopes)
          if (Object.hasOwn(scope.variables, name)) found[name] = scope.variables[name];
      return found;
    },
    states: {
      input: frame.input,
      ...('result' in extra ? { result: extra.result } : {}),
      ...('errorOutput' in extra ? { errorOutput: extra.errorOutput } : {}),
      context: {
        Execution: executionContext(record, scopes[0]),
        StateMachine: { Id: record.machineArn, Name: record.machineArn.split(':').at(-1) },
        State: {
          Name: frame.state,
          EnteredTime: new Date(frame.enteredAt).toISOString(),
          RetryCount: frame.retryCount,
        },
        ...(extra.token === undefined ? {} : { Task: { Token: extra.token } }),
        ...(iteration === undefined
          ? {}
          : { Map: { Item: { Index: iteration.index, Value: iteration.value } } }),
      },
    },
  };
}

function executionContext(record: ExecutionRecord, outermost: Frame | undefined): object {
  const common = {
    StartTime: new Date(record.startedAt).toISOString(),
    RoleArn: record.roleArn,
    RedriveCount: record.redriveCount,
  };
  const isolated = outermost?.isolated;
  return isolated === undefined
    ? { Id: record.arn, Name: record.name, Input: JSON.parse(record.input) as unknown, ...common }
    : {
        Id: `${record.arn}/${isolated.name}`,
        Name: isolated.name,
        Input: isolated.input,
        ...common,
      };
}
