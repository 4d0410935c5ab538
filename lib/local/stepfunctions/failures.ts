/** What deals with an error, from the state that it arose in outwards: a retry, a catcher, a Map that tolerates it. */
import type { Course } from './course';
import type { Frame } from './records';
import { nextAttempt } from './retry-policy';
import { matches, StatesError } from './states-error';
import type { Steps } from './steps';

export class Failures {
  constructor(
    private readonly course: Course,
    private readonly steps: Pick<Steps, 'caught' | 'tolerated' | 'childDone' | 'arm' | 'disarm' | 'finish'>,
  ) {}

  async guarded(frame: Frame, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof StatesError)) throw error;
      await this.failed(frame, error);
    }
  }

  private async failed(frame: Frame, thrown: StatesError): Promise<void> {
    const { course, steps } = this;
    // In an account what was begun before is on its way by now.
    course.sendBegun();
    let error = thrown;
    for (const here of course.frames.lineage(frame)) {
      const state = course.stateOf(here);
      if (here !== frame) {
        here.previousEventId = Math.max(here.previousEventId, frame.previousEventId);
        here.previousEventId = course.eventIn(here, `${state.Type}StateFailed`, {});
      }
      const wait = nextAttempt(state.Retry ?? [], here.retries, error);
      const catcher =
        wait === undefined
          ? (state.Catch ?? []).find((candidate) => matches(candidate.ErrorEquals, error.error))
          : undefined;
      if (wait !== undefined || catcher !== undefined) {
        steps.disarm(here);
        course.frames.removeDescendants(here, (descendant) => steps.disarm(descendant));
        delete here.items;
        course.frames.touch(here);
        if (wait !== undefined) return this.retryIn(here, wait);
        if (catcher !== undefined) return this.guarded(here, () => steps.caught(here, state, catcher, error));
      }
      const parent = course.frames.parentOf(here);
      if (parent === undefined || here.isolated === undefined) continue;
      if (await steps.tolerated(parent, here, error)) return steps.childDone(parent);
      error = new StatesError(
        'States.ExceedToleratedFailureThreshold',
        `The specified tolerated failure threshold was exceeded: item ${here.index} failed with ${error.message}`,
      );
    }
    // The frames stay as they are: a redrive goes on from them.
    steps.finish('FAILED', { error: error.error, cause: error.cause });
  }

  private retryIn(frame: Frame, milliseconds: number): void {
    frame.retryCount++;
    frame.phase = 'retry';
    frame.wakeAt = this.course.now() + milliseconds;
    this.steps.arm(frame);
  }
}
