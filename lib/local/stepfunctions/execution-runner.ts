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
import type { Turn } from '../lambda/slots';
import { bindingsOf, type Extra } from './bindings';
import type { Catcher, Definition, StateDefinition } from './definition';
import type { FrameChanges, Frames } from './frames';
import { evaluate, type Bindings } from './jsonata';
import { batched, mapLimits, tolerates } from './map-items';
import type { ExecutionRecord, Frame, HistoryEvent } from './records';
import { nextAttempt } from './retry-policy';
import { matches, StatesError } from './states-error';
import { Timers } from './timers';

export interface TaskRequest {
  readonly resource: string;
  readonly arguments: unknown;
  readonly token: string;
  readonly roleArn: string;
  readonly executionArn: string;
  /** Aborted when nobody waits for the task any longer. */
  readonly signal?: AbortSignal;
  /** While the work waits for a core of this machine its timeout does not run. */
  readonly turn?: Turn;
}

export interface RunnerPorts {
  readonly clock: Clock;
  save(record: ExecutionRecord, frames: FrameChanges, events: readonly HistoryEvent[]): void;
  /** Does what a task asks for. The result is the state's result; with a task token it is ignored. */
  perform(request: TaskRequest): Promise<unknown>;
  ended(record: ExecutionRecord): void;
}

type Outcome = { readonly output: unknown } | { readonly error: StatesError };

const PAYLOAD_LIMIT = 256 * 1024;
const EVENT_LIMIT = 25_000;
const TOKEN_SUFFIX = '.waitForTaskToken';

export class ExecutionRunner {
  private queue: Promise<void> = Promise.resolve();
  private events: HistoryEvent[] = [];
  private readonly timers: Timers;
  /** By token, what is under way outside. */
  private readonly underWay = new Map<string, AbortController>();
  private stopped = false;
  private transitions = 0;

  constructor(
    readonly record: ExecutionRecord,
    private readonly definition: Definition,
    private readonly frames: Frames,
    private readonly ports: RunnerPorts,
  ) {
    this.timers = new Timers(ports.clock);
  }

  /** Whether it does something or something is done for it; not while it waits for a time or for somebody's answer. */
  get busy(): boolean {
    return this.transitions > 0 || this.underWay.size > 0;
  }

  start(): void {
    this.event(0, 'ExecutionStarted', {
      executionStartedEventDetails: { input: this.record.input, roleArn: this.record.roleArn },
    });
    this.addFrame({
      index: 0,
      path: [],
      state: this.definition.StartAt,
      input: JSON.parse(this.record.input) as unknown,
      previousEventId: 1,
    });
    this.save();
    this.go();
  }

  resume(): void {
    for (const frame of this.frames.values()) this.rearm(frame);
    this.go();
  }

  /** Goes on where an execution ended without success: what had failed or was stopped is entered again. */
  redrive(): void {
    const { record } = this;
    record.status = 'RUNNING';
    record.redriveCount++;
    record.redrivenAt = this.ports.clock.now();
    delete record.stoppedAt;
    delete record.error;
    delete record.cause;
    const id = this.event(record.lastEventId, 'ExecutionRedriven', {
      executionRedrivenEventDetails: { redriveCount: record.redriveCount },
    });
    for (const frame of this.frames.values()) {
      if (frame.phase === 'children' || frame.phase === 'done') continue;
      forgetWaiting(frame);
      frame.phase = 'ready';
      frame.previousEventId = id;
      this.frames.touch(frame);
    }
    this.save();
    this.go();
  }

  /** Forgets timers; what is under way outside goes on unheard. */
  stop(): void {
    this.stopped = true;
    this.timers.clearAll();
  }

  abort(error: string | undefined, cause: string | undefined): Promise<void> {
    return this.enqueue(async () => this.finish('ABORTED', { error, cause }));
  }

  /** Token callbacks. Returns false when nobody waits for the token. */
  complete(token: string, outcome: Outcome): Promise<boolean> {
    let heard = false;
    return this.enqueue(async () => {
      const frame = this.waitingFor(token);
      if (frame === undefined) return;
      heard = true;
      await this.taskEnded(frame, outcome);
      await this.settle();
    }).then(() => heard);
  }

  /** Returns false when nobody waits for the token. */
  heartbeat(token: string): boolean {
    const frame = this.waitingFor(token);
    if (frame === undefined) return false;
    if (frame.heartbeatSeconds !== undefined) {
      frame.heartbeatAt = this.ports.clock.now() + frame.heartbeatSeconds * 1000;
      this.frames.touch(frame);
      this.save();
      this.armHeartbeat(frame);
    }
    return true;
  }

  waitsFor(token: string): boolean {
    return this.waitingFor(token) !== undefined;
  }

  private waitingFor(token: string): Frame | undefined {
    for (const frame of this.frames.values())
      if (frame.token === token && frame.phase === 'task') return frame;
    return undefined;
  }

  private go(): void {
    const seconds = this.definition.TimeoutSeconds;
    if (seconds !== undefined) {
      const from = this.record.redrivenAt ?? this.record.startedAt;
      this.appoint('execution', from + seconds * 1000, async () =>
        this.finish('TIMED_OUT', {
          error: 'States.Timeout',
          cause: `The execution ran longer than ${seconds} s.`,
        }),
      );
    }
    void this.enqueue(() => this.settle());
  }

  private enqueue(work: () => Promise<void>): Promise<void> {
    this.transitions++;
    this.queue = this.queue.then(async () => {
      try {
        if (!this.stopped && this.record.status === 'RUNNING') await work();
      } catch (error) {
        this.finish('FAILED', {
          error: 'States.Runtime',
          cause: error instanceof Error ? error.message : String(error),
        });
      } finally {
        this.transitions--;
      }
    });
    return this.queue;
  }

  /** Enters states until every frame waits for something. */
  private async settle(): Promise<void> {
    while (this.record.status === 'RUNNING') {
      const ready = this.frames.nextReady();
      if (ready === undefined) break;
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
    frame.previousEventId = this.eventIn(frame, `${state.Type}StateEntered`, {
      stateEnteredEventDetails: { name: frame.state, input: JSON.stringify(frame.input) },
    });
    await this.guarded(frame, () => this.act(frame, state));
    this.frames.touch(frame);
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

  private async send(frame: Frame, state: StateDefinition): Promise<void> {
    const resource = state.Resource ?? '';
    this.checkSize(frame.arguments, 'Task input');
    const seconds = await this.seconds(frame, state.TimeoutSeconds, 'TimeoutSeconds');
    const heartbeat = await this.seconds(frame, state.HeartbeatSeconds, 'HeartbeatSeconds');
    const [service, action] = serviceOf(resource);
    const parameters = JSON.stringify(frame.arguments);
    frame.phase = 'task';
    frame.previousEventId = this.eventIn(frame, 'TaskScheduled', {
      taskScheduledEventDetails: {
        resourceType: service,
        resource: action,
        region: 'us-east-1',
        parameters,
        ...(seconds === undefined ? {} : { timeoutInSeconds: seconds }),
        ...(heartbeat === undefined ? {} : { heartbeatInSeconds: heartbeat }),
      },
    });
    frame.previousEventId = this.eventIn(frame, 'TaskStarted', {
      taskStartedEventDetails: { resourceType: service, resource: action },
    });
    if (seconds !== undefined) frame.timeoutAt = this.ports.clock.now() + seconds * 1000;
    if (heartbeat !== undefined) {
      frame.heartbeatSeconds = heartbeat;
      frame.heartbeatAt = this.ports.clock.now() + heartbeat * 1000;
    }
    this.frames.touch(frame);
    this.save();
    this.rearm(frame);
  }

  private async seconds(frame: Frame, value: unknown, where: string): Promise<number | undefined> {
    if (value === undefined) return undefined;
    const seconds = Number(await evaluate(value, this.bindings(frame), where));
    if (!(seconds > 0)) throw new StatesError('States.Runtime', `${where} of '${frame.state}' is no positive number.`); // prettier-ignore
    return seconds;
  }

  /** Calls out for a frame whose task is recorded as under way. */
  private callOut(frame: Frame): void {
    const state = this.stateOf(frame);
    const token = frame.token ?? '';
    const resource = state.Resource ?? '';
    const waits = resource.endsWith(TOKEN_SUFFIX);
    const report = (outcome: Outcome) =>
      void this.enqueue(async () => {
        if (!this.frames.has(frame) || frame.token !== token || frame.phase !== 'task') return;
        await this.taskEnded(frame, outcome);
        await this.settle();
      });
    const abort = new AbortController();
    this.underWay.set(token, abort);
    this.ports
      .perform({
        resource: waits ? resource.slice(0, -TOKEN_SUFFIX.length) : resource,
        arguments: frame.arguments,
        token,
        roleArn: this.record.roleArn,
        executionArn: this.record.arn,
        signal: abort.signal,
        turn: this.turnOf(frame, token),
      })
      .finally(() => this.underWay.delete(token))
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

  /** A function of an account begins at once: what is waited for here is a core of this machine. */
  private turnOf(frame: Frame, token: string): Turn {
    let since = 0;
    const current = () => frame.token === token && frame.timeoutAt !== undefined;
    return {
      waits: () => {
        since = this.ports.clock.now();
        if (current()) this.timers.clear(`timeout ${frame.id}`);
      },
      begins: () => {
        if (!current()) return;
        frame.timeoutAt = (frame.timeoutAt ?? 0) + this.ports.clock.now() - since;
        this.frames.touch(frame);
        this.expire(frame, 'timeout', frame.timeoutAt, 'States.Timeout');
      },
    };
  }

  private async taskEnded(frame: Frame, outcome: Outcome): Promise<void> {
    this.disarm(frame);
    const state = this.stateOf(frame);
    const [service, action] = serviceOf(state.Resource ?? '');
    const token = frame.token ?? '';
    forgetWaiting(frame);
    this.frames.touch(frame);
    if ('error' in outcome) {
      const timedOut = ['States.Timeout', 'States.HeartbeatTimeout'].includes(outcome.error.error);
      frame.previousEventId = this.eventIn(frame, timedOut ? 'TaskTimedOut' : 'TaskFailed', {
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
    frame.previousEventId = this.eventIn(frame, 'TaskSucceeded', {
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
    frame.previousEventId = this.eventIn(frame, 'ParallelStateStarted', {});
    frame.phase = 'children';
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
    frame.previousEventId = this.eventIn(frame, 'MapStateStarted', {
      mapStateStartedEventDetails: { length: items.length },
    });
    frame.items = state.ItemBatcher === undefined ? items : await this.batches(frame, state, items);
    frame.phase = 'children';
    if (frame.items.length === 0) return this.joined(frame, state);
    const { concurrency } = await mapLimits(state, bindings);
    for (let i = 0; i < Math.min(concurrency, frame.items.length); i++)
      await this.openIteration(frame, state);
  }

  private async openIteration(frame: Frame, state: StateDefinition): Promise<void> {
    const index = this.frames.children(frame).size;
    const value = frame.items?.[index];
    const iteration = { index, value };
    const input = state.ItemBatcher === undefined ? await this.select(frame, state, index, value) : value;
    const isolated = state.ItemProcessor?.ProcessorConfig?.Mode === 'DISTRIBUTED';
    const previousEventId = isolated
      ? frame.previousEventId
      : this.eventIn(frame, 'MapIterationStarted', {
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
      ...(isolated ? { isolated: { name: `${state.Label ?? frame.state}:${index}`, input } } : {}),
    });
  }

  private async select(
    frame: Frame,
    state: StateDefinition,
    index: number,
    value: unknown,
  ): Promise<unknown> {
    return state.ItemSelector === undefined
      ? value
      : evaluate(state.ItemSelector, this.bindings(frame, { iteration: { index, value } }), 'ItemSelector');
  }

  /** Items go through the selector before they are put into batches. */
  private async batches(frame: Frame, state: StateDefinition, items: unknown[]): Promise<unknown[]> {
    const selected: unknown[] = [];
    for (const [i, item] of items.entries()) selected.push(await this.select(frame, state, i, item));
    return batched(state, selected, this.bindings(frame));
  }

  private async joined(frame: Frame, state: StateDefinition): Promise<void> {
    frame.previousEventId = this.eventIn(frame, `${state.Type}StateSucceeded`, {});
    const results: unknown[] = [];
    for (const child of this.frames.children(frame))
      results[child.index] =
        child.failure === undefined
          ? child.output
          : { Error: child.failure.error, Cause: child.failure.cause };
    this.checkSize(results, `The state '${frame.state}' returned a result`);
    this.frames.removeDescendants(frame, () => {});
    delete frame.items;
    this.frames.touch(frame);
    await this.leave(frame, state, results);
  }

  private async frameEnded(frame: Frame, output: unknown): Promise<void> {
    const parent = this.frames.parentOf(frame);
    if (parent === undefined) {
      this.finish('SUCCEEDED', { output: JSON.stringify(output) });
      return;
    }
    this.frames.done(frame, { output });
    if (frame.isolated === undefined) parent.previousEventId = frame.previousEventId;
    if (this.stateOf(parent).Type === 'Map')
      parent.previousEventId = this.eventIn(parent, 'MapIterationSucceeded', {
        mapIterationSucceededEventDetails: { name: parent.state, index: frame.index },
      });
    await this.childDone(parent);
  }

  /** Opens the next iteration, or leaves when no child is open. */
  private async childDone(parent: Frame): Promise<void> {
    const state = this.stateOf(parent);
    if (state.Type === 'Map' && this.frames.children(parent).size < (parent.items?.length ?? 0))
      return this.guarded(parent, () => this.openIteration(parent, state));
    if (this.frames.openChildren(parent) === 0) return this.guarded(parent, () => this.joined(parent, state));
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
    await this.next(frame, state, output);
  }

  private exit(frame: Frame, type: string, assigned: Record<string, unknown>, output: unknown): void {
    this.frames.assign(frame, assigned);
    frame.previousEventId = this.eventIn(frame, `${type}StateExited`, {
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

  private async next(frame: Frame, state: Pick<StateDefinition, 'Next'>, output: unknown): Promise<void> {
    if (state.Next === undefined) return this.frameEnded(frame, output);
    frame.state = state.Next;
    frame.input = output;
    frame.phase = 'ready';
    forgetWaiting(frame);
    this.frames.touch(frame);
  }

  /** Finds what deals with an error, from the state that it arose in outwards: a retry, a catcher, a Map that tolerates it. */
  private async failed(frame: Frame, thrown: StatesError): Promise<void> {
    let error = thrown;
    for (const here of this.frames.lineage(frame)) {
      const state = this.stateOf(here);
      if (here !== frame) {
        here.previousEventId = Math.max(here.previousEventId, frame.previousEventId);
        here.previousEventId = this.eventIn(here, `${state.Type}StateFailed`, {});
      }
      const wait = nextAttempt(state.Retry ?? [], here.retries, error);
      const catcher =
        wait === undefined
          ? (state.Catch ?? []).find((candidate) => matches(candidate.ErrorEquals, error.error))
          : undefined;
      if (wait !== undefined || catcher !== undefined) {
        this.disarm(here);
        this.frames.removeDescendants(here, (descendant) => this.disarm(descendant));
        delete here.items;
        this.frames.touch(here);
        if (wait !== undefined) return this.retryIn(here, wait);
        if (catcher !== undefined) return this.guarded(here, () => this.caught(here, state, catcher, error));
      }
      const parent = this.frames.parentOf(here);
      if (parent === undefined || here.isolated === undefined) continue;
      if (await this.tolerated(parent, here, error)) return this.childDone(parent);
      error = new StatesError(
        'States.ExceedToleratedFailureThreshold',
        `The specified tolerated failure threshold was exceeded: item ${here.index} failed with ${error.message}`,
      );
    }
    // The frames stay as they are: a redrive goes on from them.
    this.finish('FAILED', { error: error.error, cause: error.cause });
  }

  private retryIn(frame: Frame, milliseconds: number): void {
    frame.retryCount++;
    frame.phase = 'retry';
    frame.wakeAt = this.ports.clock.now() + milliseconds;
    this.rearm(frame);
  }

  /** Whether a distributed Map goes on although an iteration of it failed. */
  private async tolerated(parent: Frame, child: Frame, error: StatesError): Promise<boolean> {
    const state = this.stateOf(parent);
    const limits = await mapLimits(state, this.bindings(parent));
    const failed =
      [...this.frames.children(parent)].filter((other) => other.failure !== undefined).length + 1;
    if (!tolerates(limits, failed, parent.items?.length ?? 0)) return false;
    this.disarm(child);
    this.frames.removeDescendants(child, (descendant) => this.disarm(descendant));
    this.frames.done(child, { failure: { error: error.error, cause: error.cause } });
    return true;
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
    await this.next(frame, catcher, output);
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
    const last = record.lastEventId;
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
    if (status === 'SUCCEEDED') this.frames.clear();
    this.timers.clearAll();
    for (const abort of this.underWay.values()) abort.abort();
    this.save();
    this.ports.ended(record);
  }

  // ---- timers

  /** Sets the timers of a waiting frame and, for a task, calls out. */
  private rearm(frame: Frame): void {
    if (frame.phase === 'task') {
      if (frame.timeoutAt !== undefined) this.expire(frame, 'timeout', frame.timeoutAt, 'States.Timeout');
      this.armHeartbeat(frame);
      this.callOut(frame);
    }
    if ((frame.phase === 'timer' || frame.phase === 'retry') && frame.wakeAt !== undefined) {
      this.appoint(`wake ${frame.id}`, frame.wakeAt, async () => {
        const state = this.stateOf(frame);
        delete frame.wakeAt;
        this.frames.touch(frame);
        if (frame.phase === 'timer') await this.guarded(frame, () => this.leave(frame, state, frame.input));
        else await this.guarded(frame, () => this.act(frame, state));
        await this.settle();
      });
    }
  }

  private armHeartbeat(frame: Frame): void {
    if (frame.heartbeatAt !== undefined)
      this.expire(frame, 'heartbeat', frame.heartbeatAt, 'States.HeartbeatTimeout');
  }

  /** Ends the attempt that a frame waits for at a time, unless it ended before. */
  private expire(frame: Frame, what: 'timeout' | 'heartbeat', time: number, error: string): void {
    const { token } = frame;
    this.appoint(`${what} ${frame.id}`, time, async () => {
      if (frame.token !== token || frame.phase !== 'task') return;
      await this.taskEnded(frame, { error: new StatesError(error, '') });
      await this.settle();
    });
  }

  private appoint(name: string, time: number, work: () => Promise<void>): void {
    this.timers.set(name, time, () => void this.enqueue(work));
  }

  private disarm(frame: Frame): void {
    for (const name of ['timeout', 'heartbeat', 'wake']) this.timers.clear(`${name} ${frame.id}`);
    this.underWay.get(frame.token ?? '')?.abort();
  }

  // ---- helpers

  private addFrame(
    frame: Pick<Frame, 'index' | 'path' | 'state' | 'input' | 'previousEventId'> & Partial<Frame>,
  ): void {
    this.frames.add({
      variables: {},
      phase: 'ready',
      enteredAt: 0,
      retries: [],
      retryCount: 0,
      ...frame,
      id: this.record.nextFrame++,
    });
  }

  private stateOf(frame: Frame): StateDefinition {
    let states: Definition['States'] = this.definition.States;
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
    return bindingsOf(this.record, this.frames, frame, extra);
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

  /** Appends an event of a frame. What happens inside a distributed Map is in no history of the execution around it. */
  private eventIn(frame: Frame, type: string, details: Record<string, unknown>): number {
    for (const scope of this.frames.lineage(frame))
      if (scope.isolated !== undefined) return frame.previousEventId;
    return this.event(frame.previousEventId, type, details);
  }

  private event(previousEventId: number, type: string, details: Record<string, unknown>): number {
    const id = ++this.record.lastEventId;
    this.events.push({ id, previousEventId, timestamp: this.ports.clock.now() / 1000, type, ...details });
    return id;
  }

  private save(): void {
    if (this.stopped) return;
    this.ports.save(this.record, this.frames.takeChanges(), this.events);
    this.events = [];
  }
}

/** Drops what a frame kept for the state that it was in. */
function forgetWaiting(frame: Frame): void {
  delete frame.token;
  delete frame.wakeAt;
  delete frame.timeoutAt;
  delete frame.heartbeatAt;
  delete frame.heartbeatSeconds;
  delete frame.arguments;
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
