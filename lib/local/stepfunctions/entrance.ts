/** Begins what a state does, when it is entered and when a wait or a pause before a retry is over. */
import type { Course } from './course';
import type { StateDefinition } from './definition';
import { evaluate } from './jsonata';
import type { Nesting } from './nesting';
import type { Passage } from './passage';
import type { Frame } from './records';
import { StatesError } from './states-error';
import type { Steps } from './steps';
import type { TaskCalls } from './task-calls';

export class Entrance {
  constructor(
    private readonly course: Course,
    private readonly steps: Pick<Steps, 'guarded' | 'arm'>,
    private readonly passage: Passage,
    private readonly nesting: Nesting,
    private readonly tasks: TaskCalls,
  ) {}

  async enter(frame: Frame): Promise<void> {
    const { course } = this;
    const state = course.stateOf(frame);
    frame.enteredAt = course.now();
    frame.retries = (state.Retry ?? []).map(() => 0);
    frame.retryCount = 0;
    frame.previousEventId = course.eventIn(frame, `${state.Type}StateEntered`, {
      stateEnteredEventDetails: { name: frame.state, input: JSON.stringify(frame.input) },
    });
    await this.steps.guarded(frame, () => this.act(frame, state));
    course.frames.touch(frame);
  }

  /** The time has come that a frame waited for. */
  async awake(frame: Frame): Promise<void> {
    const state = this.course.stateOf(frame);
    delete frame.wakeAt;
    this.course.frames.touch(frame);
    await this.steps.guarded(frame, () =>
      frame.phase === 'timer' ? this.passage.leave(frame, state, frame.input) : this.act(frame, state),
    );
  }

  private async act(frame: Frame, state: StateDefinition): Promise<void> {
    switch (state.Type) {
      case 'Pass':
      case 'Succeed':
        return this.passage.leave(frame, state, frame.input);
      case 'Choice':
        return this.passage.choose(frame, state);
      case 'Wait':
        return this.wait(frame, state);
      case 'Fail':
        return this.fail(frame, state);
      case 'Parallel':
        return this.nesting.fork(frame, state);
      case 'Map':
        return this.nesting.openMap(frame, state);
      case 'Task':
        return this.tasks.begin(frame, state);
    }
  }

  private async wait(frame: Frame, state: StateDefinition): Promise<void> {
    const bindings = this.course.bindings(frame);
    const until =
      state.Timestamp !== undefined
        ? Date.parse(String(await evaluate(state.Timestamp, bindings, 'Timestamp')))
        : this.course.now() + Number(await evaluate(state.Seconds, bindings, 'Seconds')) * 1000;
    if (Number.isNaN(until))
      throw new StatesError('States.Runtime', `The Wait state '${frame.state}' has no time to wait for.`);
    frame.phase = 'timer';
    frame.wakeAt = until;
    this.steps.arm(frame);
  }

  private async fail(frame: Frame, { Error: error, Cause: cause }: StateDefinition): Promise<void> {
    const bindings = this.course.bindings(frame);
    throw new StatesError(
      error === undefined ? 'States.Failed' : String(await evaluate(error, bindings, 'Error')),
      cause === undefined ? '' : String(await evaluate(cause, bindings, 'Cause')),
    );
  }
}
