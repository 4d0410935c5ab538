/**
 * Task states: arguments and limits are recorded, then somebody outside is asked, then the state goes on with what came
 * back. A completion that names a token nobody waits for is ignored.
 */
import type { Turn } from '../lambda/slots';
import { checkSize, forgetWaiting, type Course } from './course';
import type { StateDefinition } from './definition';
import { evaluate } from './jsonata';
import type { Frame } from './records';
import type { Outcome, RunnerPorts } from './runner-ports';
import { StatesError } from './states-error';
import type { Steps } from './steps';
import { newTaskToken } from './task-token';
import type { Timers } from './timers';

const TOKEN_SUFFIX = '.waitForTaskToken';

export class TaskCalls {
  /** By token, what is under way outside. */
  private readonly underWay = new Map<string, AbortController>();

  constructor(
    private readonly course: Course,
    private readonly steps: Pick<Steps, 'guarded' | 'leave' | 'arm' | 'disarm' | 'inTurn'>,
    private readonly timers: Timers,
    private readonly ports: Pick<RunnerPorts, 'perform'>,
  ) {}

  get busy(): boolean {
    return this.underWay.size > 0;
  }

  waitingFor(token: string): Frame | undefined {
    for (const frame of this.course.frames.values())
      if (frame.token === token && frame.phase === 'task') return frame;
    return undefined;
  }

  async begin(frame: Frame, state: StateDefinition): Promise<void> {
    const { course } = this;
    frame.token = newTaskToken(course.record.arn);
    const bindings = course.bindings(frame, { token: frame.token });
    frame.arguments = await evaluate(state.Arguments ?? frame.input, bindings, 'Arguments');
    checkSize(frame.arguments, 'Task input');
    const seconds = await this.seconds(frame, state.TimeoutSeconds, 'TimeoutSeconds');
    const heartbeat = await this.seconds(frame, state.HeartbeatSeconds, 'HeartbeatSeconds');
    const called = calledBy(state);
    const parameters = JSON.stringify(frame.arguments);
    frame.phase = 'task';
    frame.previousEventId = course.eventIn(frame, 'TaskScheduled', {
      taskScheduledEventDetails: {
        ...called,
        region: 'us-east-1',
        parameters,
        ...(seconds === undefined ? {} : { timeoutInSeconds: seconds }),
        ...(heartbeat === undefined ? {} : { heartbeatInSeconds: heartbeat }),
      },
    });
    frame.previousEventId = course.eventIn(frame, 'TaskStarted', { taskStartedEventDetails: called });
    if (seconds !== undefined) frame.timeoutAt = course.now() + seconds * 1000;
    if (heartbeat !== undefined) {
      frame.heartbeatSeconds = heartbeat;
      frame.heartbeatAt = course.now() + heartbeat * 1000;
    }
    course.frames.touch(frame);
    course.afterSave(() => this.steps.arm(frame));
  }

  /** Calls out for a frame whose task is recorded as under way, with its limits of time. */
  call(frame: Frame): void {
    if (frame.timeoutAt !== undefined) this.expire(frame, 'timeout', frame.timeoutAt, 'States.Timeout');
    this.armHeartbeat(frame);
    const state = this.course.stateOf(frame);
    const token = frame.token ?? '';
    const resource = state.Resource ?? '';
    const waits = resource.endsWith(TOKEN_SUFFIX);
    const report = (outcome: Outcome) =>
      void this.steps.inTurn(async () => {
        if (this.course.frames.has(frame) && frame.token === token && frame.phase === 'task')
          await this.ended(frame, outcome);
      });
    const abort = new AbortController();
    this.underWay.set(token, abort);
    this.ports
      .perform({
        resource: waits ? resource.slice(0, -TOKEN_SUFFIX.length) : resource,
        arguments: frame.arguments,
        token,
        roleArn: this.course.record.roleArn,
        executionArn: this.course.record.arn,
        signal: abort.signal,
        turn: this.turnOf(frame, token),
      })
      .finally(() => this.underWay.delete(token))
      .then(
        (output) => {
          if (!waits) report({ output });
        },
        (error: unknown) => report({ error: asStatesError(error) }),
      );
  }

  async ended(frame: Frame, outcome: Outcome): Promise<void> {
    const { course, steps } = this;
    steps.disarm(frame);
    const state = course.stateOf(frame);
    const called = calledBy(state);
    const token = frame.token ?? '';
    forgetWaiting(frame);
    course.frames.touch(frame);
    if ('error' in outcome) {
      const { error, cause } = outcome.error;
      const timedOut = ['States.Timeout', 'States.HeartbeatTimeout'].includes(error);
      frame.previousEventId = course.eventIn(frame, timedOut ? 'TaskTimedOut' : 'TaskFailed', {
        [timedOut ? 'taskTimedOutEventDetails' : 'taskFailedEventDetails']: { ...called, error, cause },
      });
      return steps.guarded(frame, async () => {
        throw outcome.error;
      });
    }
    const output = JSON.stringify(outcome.output ?? null);
    frame.previousEventId = course.eventIn(frame, 'TaskSucceeded', {
      taskSucceededEventDetails: { ...called, output },
    });
    return steps.guarded(frame, async () => {
      checkSize(outcome.output, `The state/task '${frame.state}' returned a result`);
      await steps.leave(frame, state, outcome.output, { token });
    });
  }

  /** Somebody works on it still. */
  heartbeat(frame: Frame): void {
    if (frame.heartbeatSeconds === undefined) return;
    frame.heartbeatAt = this.course.now() + frame.heartbeatSeconds * 1000;
    this.course.frames.touch(frame);
    this.course.save();
    this.armHeartbeat(frame);
  }

  abort(frame: Frame): void {
    this.underWay.get(frame.token ?? '')?.abort();
  }

  abortAll(): void {
    for (const abort of this.underWay.values()) abort.abort();
  }

  private async seconds(frame: Frame, value: unknown, where: string): Promise<number | undefined> {
    if (value === undefined) return undefined;
    const seconds = Number(await evaluate(value, this.course.bindings(frame), where));
    if (!(seconds > 0)) throw new StatesError('States.Runtime', `${where} of '${frame.state}' is no positive number.`); // prettier-ignore
    return seconds;
  }

  /** A function of an account begins at once: what is waited for here is a core of this machine. */
  private turnOf(frame: Frame, token: string): Turn {
    let since = 0;
    const current = () => frame.token === token && frame.timeoutAt !== undefined;
    return {
      waits: () => {
        since = this.course.now();
        if (current()) this.timers.clear(`timeout ${frame.id}`);
      },
      begins: () => {
        if (!current()) return;
        frame.timeoutAt = (frame.timeoutAt ?? 0) + this.course.now() - since;
        this.course.frames.touch(frame);
        this.expire(frame, 'timeout', frame.timeoutAt, 'States.Timeout');
      },
    };
  }

  private armHeartbeat(frame: Frame): void {
    if (frame.heartbeatAt !== undefined)
      this.expire(frame, 'heartbeat', frame.heartbeatAt, 'States.HeartbeatTimeout');
  }

  /** Ends the attempt that a frame waits for at a time, unless it ended before. */
  private expire(frame: Frame, what: 'timeout' | 'heartbeat', time: number, error: string): void {
    const { token } = frame;
    this.timers.set(`${what} ${frame.id}`, time, () => {
      void this.steps.inTurn(async () => {
        if (frame.token === token && frame.phase === 'task')
          await this.ended(frame, { error: new StatesError(error, '') });
      });
    });
  }
}

/** `arn:aws:states:::aws-sdk:dynamodb:updateItem` is type `aws-sdk:dynamodb`, resource `updateItem`. */
function calledBy(state: StateDefinition): { readonly resourceType: string; readonly resource: string } {
  const parts = (state.Resource ?? '').replace(/^arn:aws:states:::/, '').split(':');
  return { resourceType: parts.slice(0, -1).join(':'), resource: parts.at(-1) ?? '' };
}

function asStatesError(error: unknown): StatesError {
  if (error instanceof StatesError) return error;
  return new StatesError('States.TaskFailed', error instanceof Error ? error.message : String(error));
}
