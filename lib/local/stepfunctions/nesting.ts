/** Frames within frames: branches of a Parallel, iterations of a Map, and what becomes of their results. */
import { checkSize, type Course } from './course';
import type { StateDefinition } from './definition';
import { evaluate } from './jsonata';
import { batched, mapLimits, tolerates } from './map-items';
import type { Frame } from './records';
import { StatesError } from './states-error';
import type { Steps } from './steps';

export class Nesting {
  constructor(
    private readonly course: Course,
    private readonly steps: Pick<Steps, 'guarded' | 'leave' | 'disarm' | 'finish'>,
  ) {}

  fork(frame: Frame, state: StateDefinition): void {
    const { course } = this;
    const branches = state.Branches ?? [];
    frame.previousEventId = course.eventIn(frame, 'ParallelStateStarted', {});
    frame.phase = 'children';
    branches.forEach((branch, index) => {
      course.addFrame({
        parent: frame.id,
        index,
        path: [...frame.path, frame.state, 'Branches', index],
        state: branch.StartAt,
        input: frame.input,
        previousEventId: frame.previousEventId,
      });
    });
  }

  async openMap(frame: Frame, state: StateDefinition): Promise<void> {
    const bindings = this.course.bindings(frame);
    const items = state.Items === undefined ? frame.input : await evaluate(state.Items, bindings, 'Items');
    if (!Array.isArray(items))
      throw new StatesError(
        'States.QueryEvaluationError',
        `The field 'Items' of the Map state '${frame.state}' is no array.`,
      );
    frame.previousEventId = this.course.eventIn(frame, 'MapStateStarted', {
      mapStateStartedEventDetails: { length: items.length },
    });
    frame.items = state.ItemBatcher === undefined ? items : await this.batches(frame, state, items);
    frame.phase = 'children';
    if (frame.items.length === 0) return this.joined(frame, state);
    const { concurrency } = await mapLimits(state, bindings);
    for (let i = 0; i < Math.min(concurrency, frame.items.length); i++)
      await this.openIteration(frame, state);
  }

  async frameEnded(frame: Frame, output: unknown): Promise<void> {
    const { course } = this;
    const parent = course.frames.parentOf(frame);
    if (parent === undefined) {
      this.steps.finish('SUCCEEDED', { output: JSON.stringify(output) });
      return;
    }
    course.frames.done(frame, { output });
    if (frame.isolated === undefined) parent.previousEventId = frame.previousEventId;
    if (course.stateOf(parent).Type === 'Map')
      parent.previousEventId = course.eventIn(parent, 'MapIterationSucceeded', {
        mapIterationSucceededEventDetails: { name: parent.state, index: frame.index },
      });
    await this.childDone(parent);
  }

  async tolerated(parent: Frame, child: Frame, error: StatesError): Promise<boolean> {
    const { frames } = this.course;
    const limits = await mapLimits(this.course.stateOf(parent), this.course.bindings(parent));
    const failed = [...frames.children(parent)].filter((other) => other.failure !== undefined).length + 1;
    if (!tolerates(limits, failed, parent.items?.length ?? 0)) return false;
    this.steps.disarm(child);
    frames.removeDescendants(child, (descendant) => this.steps.disarm(descendant));
    frames.done(child, { failure: { error: error.error, cause: error.cause } });
    return true;
  }

  async childDone(parent: Frame): Promise<void> {
    const { frames } = this.course;
    const state = this.course.stateOf(parent);
    if (state.Type === 'Map' && frames.children(parent).size < (parent.items?.length ?? 0))
      return this.steps.guarded(parent, () => this.openIteration(parent, state));
    if (frames.openChildren(parent) === 0)
      return this.steps.guarded(parent, () => this.joined(parent, state));
  }

  private async openIteration(frame: Frame, state: StateDefinition): Promise<void> {
    const { course } = this;
    const index = course.frames.children(frame).size;
    const value = frame.items?.[index];
    const iteration = { index, value };
    const input = state.ItemBatcher === undefined ? await this.select(frame, state, index, value) : value;
    const isolated = state.ItemProcessor?.ProcessorConfig?.Mode === 'DISTRIBUTED';
    const previousEventId = isolated
      ? frame.previousEventId
      : course.eventIn(frame, 'MapIterationStarted', {
          mapIterationStartedEventDetails: { name: frame.state, index },
        });
    course.addFrame({
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
    if (state.ItemSelector === undefined) return value;
    const bindings = this.course.bindings(frame, { iteration: { index, value } });
    return evaluate(state.ItemSelector, bindings, 'ItemSelector');
  }

  /** Items go through the selector before they are put into batches. */
  private async batches(frame: Frame, state: StateDefinition, items: unknown[]): Promise<unknown[]> {
    const selected: unknown[] = [];
    for (const [i, item] of items.entries()) selected.push(await this.select(frame, state, i, item));
    return batched(state, selected, this.course.bindings(frame));
  }

  private async joined(frame: Frame, state: StateDefinition): Promise<void> {
    const { course } = this;
    frame.previousEventId = course.eventIn(frame, `${state.Type}StateSucceeded`, {});
    const results: unknown[] = [];
    for (const child of course.frames.children(frame))
      results[child.index] =
        child.failure === undefined
          ? child.output
          : { Error: child.failure.error, Cause: child.failure.cause };
    checkSize(results, `The state '${frame.state}' returned a result`);
    course.frames.removeDescendants(frame, () => {});
    delete frame.items;
    course.frames.touch(frame);
    await this.steps.leave(frame, state, results);
  }
}
