/**
 * Carries one execution forward.
 *
 * 1. A transition changes frames and appends events in memory; `save` puts both into one transaction before anything
 *    outside is told, and before the next transition begins.
 * 2. Transitions of an execution never overlap: they queue.
 * 3. A completion names the token of the attempt it belongs to; a token that is no longer waited for is ignored.
 * 4. After a restart every waiting frame is armed again; a task that was under way is sent again with the same arguments.
 */
import { randomUUID } from 'node:crypto';
import type { Clock } from '../clock';
import type { Catcher, Definition, Retrier, StateDefinition } from './definition';
import { evaluate, type Bindings } from './jsonata';
import type { ExecutionRecord, Frame, HistoryEvent } from './records';
import { matches, StatesError } from './states-error';

export interface TaskRequest {
  readonly resource: string;
  readonly arguments: unknown;
  readonly token: string;
  readonly roleArn: string;
  readonly executionArn: string;
}

export interface RunnerPorts {
  readonly clock: Clock;
  save(record: ExecutionRecord, events: readonly HistoryEvent[]): void;
  /** Does what a task asks for. The result is the state's result; with a task token it is ignored. */
  perform(request: TaskRequest): Promise<unknown>;
  ended(record: ExecutionRecord): void;
}

const PAYLOAD_LIMIT = 256 * 1024;
const EVENT_LIMIT = 25_000;
const TOKEN_SUFFIX = '.waitForTaskToken';

export class ExecutionRunner {
  private queue: Promise<void> = Promise.resolve();
  private events: HistoryEvent[] = [];
  private readonly cancels = new Map<string, () => void>();
  private stopped = false;

  constructor(
    readonly record: ExecutionRecord,
    private readonly ports: RunnerPorts,
  ) {}

  start(): void {
    this.event(0, 'ExecutionStarted', {
      executionStartedEventDetails: { input: this.record.input, roleArn: this.record.roleArn },
    });
    this.addFrame({
      index: 0,
      path: [],
      state: this.record.definition.StartAt,
      input: JSON.parse(this.record.input) as unknown,
      previousEventId: 1,
    });
    this.save();
    this.arm();
    void this.enqueue(() => this.settle());
  }

  resume(): void {
    this.arm();
    for (const frame of Object.values(this.record.frames)) this.rearm(frame);
    void this.enqueue(() => this.settle());
  }

  /** Forgets timers; what is under way outside goes on unheard. */
  stop(): void {
    this.stopped = true;
    for (const cancel of this.cancels.values()) cancel();
    this.cancels.clear();
  }

  abort(error: string | undefined, cause: string | undefined): Promise<void> {
    return this.enqueue(async () => this.finish('ABORTED', { error, cause }));
  }

  /** Token callbacks. Returns false when nobody waits for the token. */
  complete(
    token: string,
    outcome: { readonly output: unknown } | { readonly error: StatesError },
  ): Promise<boolean> {
    let heard = false;
    return this.enqueue(async () => {
      const frame = Object.values(this.record.frames).find(
        (candidate) => candidate.token === token && candidate.phase === 'task',
      );
      if (frame === undefined) return;
      heard = true;
      await this.taskEnded(frame, token, outcome);
      await this.settle();
    }).then(() => heard);
  }

  waitsFor(token: string): boolean {
    return Object.values(this.record.frames).some((frame) => frame.token === token && frame.phase === 'task');
  }

  private enqueue(work: () => Promise<void>): Promise<void> {
    this.queue = this.queue.then(async () => {
      if (this.stopped || this.record.status !== 'RUNNING') return;
      try {
        await work();
      } catch (error) {
        this.finish('FAILED', {
          error: 'States.Runtime',
          cause: error instanceof Error ? error.message : String(error),
        });
      }
    });
    return this.queue;
  }

  /** Enters states until every frame waits for something. */
  private async settle(): Promise<void> {
    for (;;) {
      const ready = Object.values(this.record.frames).find((frame) => frame.phase === 'ready');
      if (ready === undefined || this.record.status !== 'RUNNING') break;
      await this.enter(ready);
      if (this.record.lastEventId > EVENT_LIMIT) {
        this.finish('FAILED', {
          error: 'States.Runtime',
          cause: `The execution reached the maximum number of history events (${EVENT_LIMIT}).`,
        });
        break;
      }
    }
    this.save();
  }

  private async enter(frame: Frame): Promise<void> {
    const state = this.stateOf(frame);
    frame.enteredAt = this.ports.clock.now();
    frame.retries = (state.Retry ?? []).map(() => 0);
    frame.retryCount = 0;
    frame.previousEventId = this.event(frame.previousEventId, `${state.Type}StateEntered`, {
      stateEnteredEventDetails: { name: frame.state, input: JSON.stringify(frame.input) },
    });
    await this.guarded(frame, () => this.act(frame, state));
  }

  /** Runs a piece of a state; what it throws goes through the state's Retry and Catch. */
  private async guarded(frame: Frame, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof StatesError)) throw error;
      await this.failed(frame, error);
    }
  }

  private async act(frame: Frame, state: StateDefinition): Promise<void> {
    switch (state.Type) {
      case 'Pass':
      case 'Succeed':
        return this.leave(frame, state, frame.input);
      case 'Choice':
        return this.choose(frame, state);
      case 'Wait': {
        const bindings = this.bindings(frame);
        const until =
          state.Timestamp !== undefined
            ? Date.parse(String(await evaluate(state.Timestamp, bindings, 'Timestamp')))
            : this.ports.clock.now() + Number(await evaluate(state.Seconds, bindings, 'Seconds')) * 1000;
        if (Number.isNaN(until))
          throw new StatesError('States.Runtime', `The Wait state '${frame.state}' has no time to wait for.`);
        frame.phase = 'timer';
        frame.wakeAt = until;
        return this.rearm(frame);
      }
      case 'Fail': {
        const bindings = this.bindings(frame);
        const error =
          state.Error === undefined ? undefined : String(await evaluate(state.Error, bindings, 'Error'));
        const cause =
          state.Cause === undefined ? undefined : String(await evaluate(state.Cause, bindings, 'Cause'));
        throw new StatesError(error ?? 'States.Failed', cause ?? '');
      }
      case 'Parallel':
        return this.fork(frame, state);
      case 'Map':
        return this.openMap(frame, state);
      case 'Task': {
        frame.arguments = await evaluate(
          state.Arguments ?? frame.input,
          this.bindings(frame, { token: (frame.token = this.newToken()) }),
          'Arguments',
        );
        return this.send(frame, state);
      }
    }
  }

  // ---- tasks

  private send(frame: Frame, state: StateDefinition): void {
    const resource = state.Resource ?? '';
    this.checkSize(frame.arguments, 'Task input');
    const [service, action] = serviceOf(resource);
    const parameters = JSON.stringify(frame.arguments);
    frame.phase = 'task';
    frame.previousEventId = this.event(frame.previousEventId, 'TaskScheduled', {
      taskScheduledEventDetails: { resourceType: service, resource: action, region: 'us-east-1', parameters },
    });
    frame.previousEventId = this.event(frame.previousEventId, 'TaskStarted', {
      taskStartedEventDetails: { resourceType: service, resource: action },
    });
    const seconds = Number(state.TimeoutSeconds ?? 0);
    if (seconds > 0) frame.timeoutAt = this.ports.clock.now() + seconds * 1000;
    else delete frame.timeoutAt;
    this.save();
    this.rearm(frame);
  }

  /** Calls out for a frame whose task is recorded as under way. */
  private callOut(frame: Frame): void {
    const state = this.stateOf(frame);
    const token = frame.token ?? '';
    const resource = state.Resource ?? '';
    const waits = resource.endsWith(TOKEN_SUFFIX);
    const report = (outcome: { readonly output: unknown } | { readonly error: StatesError }) =>
      void this.enqueue(async () => {
        if (this.record.frames[frame.id]?.token !== token || frame.phase !== 'task') return;
        await this.taskEnded(frame, token, outcome);
        await this.settle();
      });
    this.ports
      .perform({
        resource: waits ? resource.slice(0, -TOKEN_SUFFIX.length) : resource,
        arguments: frame.arguments,
        token,
        roleArn: this.record.roleArn,
        executionArn: this.record.arn,
      })
      .then(
        (output) => {
          if (!waits) report({ output });
        },
        (error: unknown) =>
          report({
            error:
              error instanceof StatesError
                ? error
                : new StatesError(
                    'States.TaskFailed',
                    error instanceof Error ? error.message : String(error),
                  ),
          }),
      );
  }

  private async taskEnded(
    frame: Frame,
    token: string,
    outcome: { readonly output: unknown } | { readonly error: StatesError },
  ): Promise<void> {
    this.disarm(frame);
    const state = this.stateOf(frame);
    const [service, action] = serviceOf(state.Resource ?? '');
    delete frame.token;
    delete frame.timeoutAt;
    if ('error' in outcome) {
      const timedOut = outcome.error.error === 'States.Timeout';
      frame.previousEventId = this.event(frame.previousEventId, timedOut ? 'TaskTimedOut' : 'TaskFailed', {
        [timedOut ? 'taskTimedOutEventDetails' : 'taskFailedEventDetails']: {
          resourceType: service,
          resource: action,
          error: outcome.error.error,
          cause: outcome.error.cause,
        },
      });
      return this.guarded(frame, async () => {
        throw outcome.error;
      });
    }
    const output = JSON.stringify(outcome.output ?? null);
    frame.previousEventId = this.event(frame.previousEventId, 'TaskSucceeded', {
      taskSucceededEventDetails: { resourceType: service, resource: action, output },
    });
    return this.guarded(frame, async () => {
      this.checkSize(outcome.output, `The state/task '${frame.state}' returned a result`);
      await this.leave(frame, state, outcome.output, { token });
    });
  }

  // ---- branches

  private fork(frame: Frame, state: StateDefinition): void {
    const branches = state.Branches ?? [];
    frame.previousEventId = this.event(frame.previousEventId, 'ParallelStateStarted', {});
    frame.phase = 'children';
    frame.results = branches.map(() => null);
    frame.open = branches.length;
    branches.forEach((branch, index) => {
      this.addFrame({
        parent: frame.id,
        index,
        path: [...frame.path, frame.state, 'Branches', index],
        state: branch.StartAt,
        input: frame.input,
        previousEventId: frame.previousEventId,
      });
    });
  }

  private async openMap(frame: Frame, state: StateDefinition): Promise<void> {
    const bindings = this.bindings(frame);
    const items = state.Items === undefined ? frame.input : await evaluate(state.Items, bindings, 'Items');
    if (!Array.isArray(items))
      throw new StatesError(
        'States.QueryEvaluationError',
        `The field 'Items' of the Map state '${frame.state}' is no array.`,
      );
    frame.previousEventId = this.event(frame.previousEventId, 'MapStateStarted', {
      mapStateStartedEventDetails: { length: items.length },
    });
    frame.phase = 'children';
    frame.items = items;
    frame.results = items.map(() => null);
    frame.open = items.length;
    frame.nextItem = 0;
    if (items.length === 0) return this.joined(frame, state);
    const limit = Number(await evaluate(state.MaxConcurrency ?? 0, bindings, 'MaxConcurrency')) || 40;
    for (let i = 0; i < Math.min(limit, items.length); i++) await this.openIteration(frame, state);
  }

  private async openIteration(frame: Frame, state: StateDefinition): Promise<void> {
    const index = frame.nextItem ?? 0;
    const value = frame.items?.[index];
    frame.nextItem = index + 1;
    const iteration = { index, value };
    const input =
      state.ItemSelector === undefined
        ? value
        : await evaluate(state.ItemSelector, this.bindings(frame, { iteration }), 'ItemSelector');
    const previousEventId = this.event(frame.previousEventId, 'MapIterationStarted', {
      mapIterationStartedEventDetails: { name: frame.state, index },
    });
    this.addFrame({
      parent: frame.id,
      index,
      path: [...frame.path, frame.state, 'ItemProcessor'],
      state: state.ItemProcessor?.StartAt ?? '',
      input,
      previousEventId,
      iteration,
    });
  }

  private async joined(frame: Frame, state: StateDefinition): Promise<void> {
    frame.previousEventId = this.event(frame.previousEventId, `${state.Type}StateSucceeded`, {});
    const results = frame.results ?? [];
    delete frame.items;
    delete frame.results;
    this.checkSize(results, `The state '${frame.state}' returned a result`);
    await this.leave(frame, state, results);
  }

  private async childEnded(child: Frame, output: unknown): Promise<void> {
    delete this.record.frames[child.id];
    const parent = child.parent === undefined ? undefined : this.record.frames[child.parent];
    if (parent === undefined) {
      this.finish('SUCCEEDED', { output: JSON.stringify(output) });
      return;
    }
    const state = this.stateOf(parent);
    if (parent.results !== undefined) parent.results[child.index] = output;
    parent.open = (parent.open ?? 1) - 1;
    parent.previousEventId = child.previousEventId;
    if (state.Type === 'Map')
      parent.previousEventId = this.event(child.previousEventId, 'MapIterationSucceeded', {
        mapIterationSucceededEventDetails: { name: parent.state, index: child.index },
      });
    if (parent.open === 0) return this.guarded(parent, () => this.joined(parent, state));
    if (state.Type === 'Map' && (parent.nextItem ?? 0) < (parent.items?.length ?? 0))
      return this.guarded(parent, () => this.openIteration(parent, state));
  }

  private removeDescendants(frame: Frame): void {
    for (const child of Object.values(this.record.frames).filter(
      (candidate) => candidate.parent === frame.id,
    )) {
      this.removeDescendants(child);
      this.disarm(child);
      delete this.record.frames[child.id];
    }
  }

  // ---- leaving, failing

  private async choose(frame: Frame, state: StateDefinition): Promise<void> {
    const bindings = this.bindings(frame);
    for (const [i, rule] of (state.Choices ?? []).entries()) {
      const verdict = await evaluate(rule.Condition, bindings, `Choices[${i}].Condition`);
      if (typeof verdict !== 'boolean')
        throw new StatesError(
          'States.QueryEvaluationError',
          `The Condition of rule ${i} of '${frame.state}' is no boolean.`,
        );
      if (verdict)
        return this.leave(
          frame,
          { Type: 'Choice', Next: rule.Next, Assign: rule.Assign, Output: rule.Output },
          frame.input,
        );
    }
    if (state.Default === undefined)
      throw new StatesError(
        'States.NoChoiceMatched',
        `No rule of '${frame.state}' matched, and it has no Default.`,
      );
    return this.leave(
      frame,
      { Type: 'Choice', Next: state.Default, Assign: state.Assign, Output: state.Output },
      frame.input,
    );
  }

  /** Evaluates Assign and Output over the values at entry, then moves on. */
  private async leave(
    frame: Frame,
    state: StateDefinition,
    result: unknown,
    extra: Extra = {},
  ): Promise<void> {
    const bindings = this.bindings(frame, { ...extra, result });
    const [assigned, output] = await Promise.all([
      state.Assign === undefined
        ? {}
        : (evaluate(state.Assign, bindings, 'Assign') as Promise<Record<string, unknown>>),
      state.Output === undefined ? result : evaluate(state.Output, bindings, 'Output'),
    ]);
    this.checkSize(output, `The state '${frame.state}' returned an output`);
    this.exit(frame, state.Type === 'Choice' ? 'Choice' : this.stateOf(frame).Type, assigned, output);
    await this.go(frame, state, output);
  }

  private exit(frame: Frame, type: string, assigned: Record<string, unknown>, output: unknown): void {
    Object.assign(frame.variables, assigned);
    frame.previousEventId = this.event(frame.previousEventId, `${type}StateExited`, {
      stateExitedEventDetails: {
        name: frame.state,
        output: JSON.stringify(output),
        ...(Object.keys(assigned).length === 0
          ? {}
          : {
              assignedVariables: Object.fromEntries(
                Object.entries(assigned).map(([name, value]) => [name, JSON.stringify(value)]),
              ),
            }),
      },
    });
  }

  private async go(frame: Frame, state: Pick<StateDefinition, 'Next'>, output: unknown): Promise<void> {
    if (state.Next === undefined) return this.childEnded(frame, output);
    frame.state = state.Next;
    frame.input = output;
    frame.phase = 'ready';
    delete frame.arguments;
    delete frame.wakeAt;
  }

  private async failed(frame: Frame, error: StatesError): Promise<void> {
    const state = this.stateOf(frame);
    this.disarm(frame);
    this.removeDescendants(frame);
    if (state.Type === 'Parallel' || state.Type === 'Map')
      frame.previousEventId = this.event(frame.previousEventId, `${state.Type}StateFailed`, {});
    const wait = this.retryWait(frame, state.Retry ?? [], error);
    if (wait !== undefined) {
      frame.retryCount++;
      frame.phase = 'retry';
      frame.wakeAt = this.ports.clock.now() + wait;
      this.rearm(frame);
      return;
    }
    const catcher = (state.Catch ?? []).find((candidate) => matches(candidate.ErrorEquals, error.error));
    if (catcher !== undefined) return this.caught(frame, state, catcher, error);
    const parent = frame.parent === undefined ? undefined : this.record.frames[frame.parent];
    if (parent !== undefined) {
      parent.previousEventId = frame.previousEventId;
      return this.failed(parent, error);
    }
    this.finish(
      error.error === 'States.Timeout' && frame.parent === undefined && state.Type !== 'Task'
        ? 'TIMED_OUT'
        : 'FAILED',
      { error: error.error, cause: error.cause },
    );
  }

  private async caught(
    frame: Frame,
    state: StateDefinition,
    catcher: Catcher,
    error: StatesError,
  ): Promise<void> {
    const errorOutput = { Error: error.error, Cause: error.cause };
    const bindings = this.bindings(frame, { errorOutput });
    const [assigned, output] = await Promise.all([
      catcher.Assign === undefined
        ? {}
        : (evaluate(catcher.Assign, bindings, 'Catch/Assign') as Promise<Record<string, unknown>>),
      catcher.Output === undefined ? errorOutput : evaluate(catcher.Output, bindings, 'Catch/Output'),
    ]);
    this.exit(frame, state.Type, assigned, output);
    await this.go(frame, catcher, output);
  }

  /** Milliseconds until the next attempt, or nothing when there is none. */
  private retryWait(frame: Frame, retriers: readonly Retrier[], error: StatesError): number | undefined {
    const i = retriers.findIndex((retrier) => matches(retrier.ErrorEquals, error.error));
    const retrier = retriers[i];
    if (retrier === undefined) return undefined;
    const done = frame.retries[i] ?? 0;
    if (done >= (retrier.MaxAttempts ?? 3)) return undefined;
    frame.retries[i] = done + 1;
    const seconds = Math.min(
      (retrier.IntervalSeconds ?? 1) * (retrier.BackoffRate ?? 2) ** done,
      retrier.MaxDelaySeconds ?? Number.POSITIVE_INFINITY,
    );
    return seconds * 1000 * (retrier.JitterStrategy === 'FULL' ? Math.random() : 1);
  }

  private finish(
    status: ExecutionRecord['status'],
    details: {
      readonly output?: string;
      readonly error?: string | undefined;
      readonly cause?: string | undefined;
    },
  ): void {
    const { record } = this;
    const last = Object.values(record.frames)[0]?.previousEventId ?? record.lastEventId;
    record.status = status;
    record.stoppedAt = this.ports.clock.now();
    if (details.output !== undefined) record.output = details.output;
    if (details.error !== undefined) record.error = details.error;
    if (details.cause !== undefined) record.cause = details.cause;
    const type = {
      SUCCEEDED: 'ExecutionSucceeded',
      FAILED: 'ExecutionFailed',
      TIMED_OUT: 'ExecutionTimedOut',
      ABORTED: 'ExecutionAborted',
      RUNNING: '',
    }[status];
    const name = `${type.charAt(0).toLowerCase()}${type.slice(1)}EventDetails`;
    this.event(last, type, {
      [name]:
        status === 'SUCCEEDED' ? { output: details.output } : { error: details.error, cause: details.cause },
    });
    record.frames = {};
    for (const cancel of this.cancels.values()) cancel();
    this.cancels.clear();
    this.save();
    this.ports.ended(record);
  }

  // ---- timers

  private arm(): void {
    const seconds = this.record.definition.TimeoutSeconds;
    if (seconds === undefined) return;
    this.appoint('execution', this.record.startedAt + seconds * 1000, async () =>
      this.finish('TIMED_OUT', {
        error: 'States.Timeout',
        cause: `The execution ran longer than ${seconds} s.`,
      }),
    );
  }

  /** Sets the timers of a waiting frame and, for a task, calls out. */
  private rearm(frame: Frame): void {
    if (frame.phase === 'task') {
      if (frame.timeoutAt !== undefined) {
        const { token } = frame;
        this.appoint(`timeout ${frame.id}`, frame.timeoutAt, async () => {
          if (frame.token !== token || frame.phase !== 'task') return;
          await this.taskEnded(frame, token ?? '', { error: new StatesError('States.Timeout', '') });
          await this.settle();
        });
      }
      this.callOut(frame);
    }
    if ((frame.phase === 'timer' || frame.phase === 'retry') && frame.wakeAt !== undefined) {
      this.appoint(`wake ${frame.id}`, frame.wakeAt, async () => {
        const state = this.stateOf(frame);
        delete frame.wakeAt;
        if (frame.phase === 'timer') await this.guarded(frame, () => this.leave(frame, state, frame.input));
        else await this.guarded(frame, () => this.act(frame, state));
        await this.settle();
      });
    }
  }

  private appoint(name: string, time: number, work: () => Promise<void>): void {
    this.cancels.get(name)?.();
    this.cancels.set(
      name,
      this.ports.clock.at(time, () => {
        this.cancels.delete(name);
        void this.enqueue(work);
      }),
    );
  }

  private disarm(frame: Frame): void {
    for (const name of [`timeout ${frame.id}`, `wake ${frame.id}`]) {
      this.cancels.get(name)?.();
      this.cancels.delete(name);
    }
  }

  // ---- helpers

  private addFrame(
    frame: Pick<Frame, 'index' | 'path' | 'state' | 'input' | 'previousEventId'> & {
      readonly parent?: number;
      readonly iteration?: { index: number; value: unknown };
    },
  ): void {
    const id = this.record.nextFrame++;
    this.record.frames[id] = {
      id,
      variables: {},
      phase: 'ready',
      enteredAt: 0,
      retries: [],
      retryCount: 0,
      ...frame,
    };
  }

  private stateOf(frame: Frame): StateDefinition {
    let states: Definition['States'] = this.record.definition.States;
    for (let i = 0; i < frame.path.length;) {
      const state = states[String(frame.path[i])];
      const kind = frame.path[i + 1];
      const scope = kind === 'Branches' ? state?.Branches?.[Number(frame.path[i + 2])] : state?.ItemProcessor;
      states = scope?.States ?? {};
      i += kind === 'Branches' ? 3 : 2;
    }
    const found = states[frame.state];
    if (found === undefined) throw new StatesError('States.Runtime', `There is no state '${frame.state}'.`);
    return found;
  }

  private bindings(frame: Frame, extra: Extra = {}): Bindings {
    const variables: Record<string, unknown> = {};
    const chain: Frame[] = [];
    for (
      let here: Frame | undefined = frame;
      here !== undefined;
      here = here.parent === undefined ? undefined : this.record.frames[here.parent]
    )
      chain.unshift(here);
    for (const scope of chain) Object.assign(variables, scope.variables);
    const iteration = extra.iteration ?? chain.findLast((scope) => scope.iteration !== undefined)?.iteration;
    const { record } = this;
    return {
      variables,
      states: {
        input: frame.input,
        ...('result' in extra ? { result: extra.result } : {}),
        ...('errorOutput' in extra ? { errorOutput: extra.errorOutput } : {}),
        context: {
          Execution: {
            Id: record.arn,
            Name: record.name,
            Input: JSON.parse(record.input) as unknown,
            StartTime: new Date(record.startedAt).toISOString(),
            RoleArn: record.roleArn,
            RedriveCount: record.redriveCount,
          },
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

  private newToken(): string {
    return Buffer.from(JSON.stringify({ execution: this.record.arn, id: randomUUID() })).toString(
      'base64url',
    );
  }

  private checkSize(value: unknown, what: string): void {
    if (Buffer.byteLength(JSON.stringify(value) ?? '') > PAYLOAD_LIMIT) {
      throw new StatesError(
        'States.DataLimitExceeded',
        `${what} with a size exceeding the maximum number of bytes service limit.`,
      );
    }
  }

  private event(previousEventId: number, type: string, details: Record<string, unknown>): number {
    const id = ++this.record.lastEventId;
    this.events.push({ id, previousEventId, timestamp: this.ports.clock.now() / 1000, type, ...details });
    return id;
  }

  private save(): void {
    if (this.stopped) return;
    this.ports.save(this.record, this.events);
    this.events = [];
  }
}

interface Extra {
  readonly token?: string;
  readonly result?: unknown;
  readonly errorOutput?: unknown;
  readonly iteration?: { readonly index: number; readonly value: unknown };
}

/** `arn:aws:states:::aws-sdk:dynamodb:updateItem` is service `aws-sdk:dynamodb`, action `updateItem`. */
function serviceOf(resource: string): [string, string] {
  const parts = resource.replace(/^arn:aws:states:::/, '').split(':');
  return [parts.slice(0, -1).join(':'), parts.at(-1) ?? ''];
}

export function executionOf(token: string): string | undefined {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(token, 'base64url').toString('utf8'));
    return typeof parsed === 'object' && parsed !== null && 'execution' in parsed
      ? String(parsed.execution)
      : undefined;
  } catch {
    return undefined;
  }
}
