/**
 * Carries one execution forward.
 *
 * 1. A transition changes frames and appends events in memory, as far as it goes without anybody outside; `save` puts both
 *    into one transaction before anything outside is told, and before the next transition begins.
 * 2. Transitions of an execution never overlap: they queue.
 * 3. A completion names the token of the attempt it belongs to; a token that is no longer waited for is ignored.
 * 4. After a restart every waiting frame is armed again; a task that was under way is sent again with the same arguments.
 */
import { Course, forgetWaiting } from './course';
import type { Definition } from './definition';
import { Entrance } from './entrance';
import { Failures } from './failures';
import type { Frames } from './frames';
import { Nesting } from './nesting';
import { Passage } from './passage';
import type { ExecutionRecord, Frame } from './records';
import type { Outcome, RunnerPorts } from './runner-ports';
import type { Ending, Steps } from './steps';
import { TaskCalls } from './task-calls';
import { Timers } from './timers';

const EVENT_LIMIT = 25_000;
/** So many tasks are begun in one transaction: the first do not wait for a long row of others. */
const CALLS_AT_ONCE = 4;
const EVENT_TYPES: Readonly<Record<ExecutionRecord['status'], string>> = {
  SUCCEEDED: 'ExecutionSucceeded',
  FAILED: 'ExecutionFailed',
  TIMED_OUT: 'ExecutionTimedOut',
  ABORTED: 'ExecutionAborted',
  RUNNING: '',
};

export class ExecutionRunner {
  private queue: Promise<void> = Promise.resolve();
  private transitions = 0;
  private readonly timers: Timers;
  private readonly course: Course;
  private readonly passage: Passage;
  private readonly nesting: Nesting;
  private readonly failures: Failures;
  private readonly tasks: TaskCalls;
  private readonly entrance: Entrance;

  constructor(
    readonly record: ExecutionRecord,
    definition: Definition,
    frames: Frames,
    private readonly ports: RunnerPorts,
  ) {
    this.timers = new Timers(ports.clock);
    this.course = new Course(record, definition, frames, ports);
    const steps: Steps = {
      guarded: (frame, work) => this.failures.guarded(frame, work),
      leave: (frame, state, result, extra) => this.passage.leave(frame, state, result, extra),
      caught: (frame, state, catcher, error) => this.passage.caught(frame, state, catcher, error),
      frameEnded: (frame, output) => this.nesting.frameEnded(frame, output),
      tolerated: (parent, child, error) => this.nesting.tolerated(parent, child, error),
      childDone: (parent) => this.nesting.childDone(parent),
      arm: (frame) => this.arm(frame),
      disarm: (frame) => this.disarm(frame),
      inTurn: (work) => this.inTurn(work),
      finish: (status, ending) => this.finish(status, ending),
    };
    this.passage = new Passage(this.course, steps);
    this.nesting = new Nesting(this.course, steps);
    this.failures = new Failures(this.course, steps);
    this.tasks = new TaskCalls(this.course, steps, this.timers, ports);
    this.entrance = new Entrance(this.course, steps, this.passage, this.nesting, this.tasks);
  }

  /** Whether it does something or something is done for it; not while it waits for a time or for somebody's answer. */
  get busy(): boolean {
    return this.transitions > 0 || this.tasks.busy;
  }

  start(): void {
    const { course, record } = this;
    course.event(0, 'ExecutionStarted', {
      executionStartedEventDetails: { input: record.input, roleArn: record.roleArn },
    });
    course.addFrame({
      index: 0,
      path: [],
      state: course.definition.StartAt,
      input: JSON.parse(record.input) as unknown,
      previousEventId: 1,
    });
    course.save();
    this.go();
  }

  resume(): void {
    for (const frame of this.course.frames.values()) this.arm(frame);
    this.go();
  }

  /** Goes on where an execution ended without success: what had failed or was stopped is entered again. */
  redrive(): void {
    const { record, course } = this;
    record.status = 'RUNNING';
    record.redriveCount++;
    record.redrivenAt = course.now();
    delete record.stoppedAt;
    delete record.error;
    delete record.cause;
    const id = course.event(record.lastEventId, 'ExecutionRedriven', {
      executionRedrivenEventDetails: { redriveCount: record.redriveCount },
    });
    for (const frame of course.frames.values()) {
      if (frame.phase === 'children' || frame.phase === 'done') continue;
      forgetWaiting(frame);
      frame.phase = 'ready';
      frame.previousEventId = id;
      course.frames.touch(frame);
    }
    course.save();
    this.go();
  }

  /** Forgets timers; what is under way outside goes on unheard. */
  stop(): void {
    this.course.stopped = true;
    this.timers.clearAll();
  }

  abort(error: string | undefined, cause: string | undefined): Promise<void> {
    return this.enqueue(async () => this.finish('ABORTED', { error, cause }));
  }

  /** Token callbacks. Returns false when nobody waits for the token. */
  complete(token: string, outcome: Outcome): Promise<boolean> {
    let heard = false;
    return this.inTurn(async () => {
      const frame = this.tasks.waitingFor(token);
      if (frame === undefined) return;
      heard = true;
      await this.tasks.ended(frame, outcome);
    }).then(() => heard);
  }

  /** Returns false when nobody waits for the token. */
  heartbeat(token: string): boolean {
    const frame = this.tasks.waitingFor(token);
    if (frame === undefined) return false;
    this.tasks.heartbeat(frame);
    return true;
  }

  waitsFor(token: string): boolean {
    return this.tasks.waitingFor(token) !== undefined;
  }

  private go(): void {
    const seconds = this.course.definition.TimeoutSeconds;
    if (seconds !== undefined) {
      const from = this.record.redrivenAt ?? this.record.startedAt;
      const ending = {
        error: 'States.Timeout',
        cause: `The execution ran longer than ${seconds} s.`,
      };
      this.timers.set('execution', from + seconds * 1000, () => {
        void this.enqueue(async () => this.finish('TIMED_OUT', ending));
      });
    }
    void this.enqueue(() => this.settle());
  }

  private inTurn(work: () => Promise<void>): Promise<void> {
    return this.enqueue(async () => {
      await work();
      await this.settle();
    });
  }

  private enqueue(work: () => Promise<void>): Promise<void> {
    this.transitions++;
    this.queue = this.queue.then(async () => {
      try {
        if (!this.course.stopped && this.record.status === 'RUNNING') await work();
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
      const ready = this.course.frames.nextReady();
      if (ready === undefined) break;
      await this.entrance.enter(ready);
      this.course.sendBegun(CALLS_AT_ONCE);
      if (this.record.lastEventId > EVENT_LIMIT) {
        this.finish('FAILED', {
          error: 'States.Runtime',
          cause: `The execution reached the maximum number of history events (${EVENT_LIMIT}).`,
        });
        break;
      }
    }
    this.course.save();
  }

  private arm(frame: Frame): void {
    if (frame.phase === 'task') this.tasks.call(frame);
    if ((frame.phase === 'timer' || frame.phase === 'retry') && frame.wakeAt !== undefined)
      this.timers.set(
        `wake ${frame.id}`,
        frame.wakeAt,
        () => void this.inTurn(() => this.entrance.awake(frame)),
      );
  }

  private disarm(frame: Frame): void {
    for (const name of ['timeout', 'heartbeat', 'wake']) this.timers.clear(`${name} ${frame.id}`);
    this.tasks.abort(frame);
  }

  private finish(status: ExecutionRecord['status'], ending: Ending): void {
    const { record, course } = this;
    course.sendBegun();
    const last = record.lastEventId;
    record.status = status;
    record.stoppedAt = course.now();
    if (ending.output !== undefined) record.output = ending.output;
    if (ending.error !== undefined) record.error = ending.error;
    if (ending.cause !== undefined) record.cause = ending.cause;
    const type = EVENT_TYPES[status];
    const details = `${type.charAt(0).toLowerCase()}${type.slice(1)}EventDetails`;
    course.event(last, type, {
      [details]:
        status === 'SUCCEEDED' ? { output: ending.output } : { error: ending.error, cause: ending.cause },
    });
    if (status === 'SUCCEEDED') course.frames.clear();
    this.timers.clearAll();
    this.tasks.abortAll();
    course.save();
    this.ports.ended(record);
  }
}
