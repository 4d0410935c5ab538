/** Ways out of a state: Choice rules, Assign and Output, the next state. */
import type { Extra } from './bindings';
import { checkSize, forgetWaiting, type Course } from './course';
import type { Catcher, StateDefinition } from './definition';
import { evaluate, type Bindings } from './jsonata';
import type { Frame } from './records';
import { StatesError } from './states-error';
import type { Steps } from './steps';

export class Passage {
  constructor(
    private readonly course: Course,
    private readonly steps: Pick<Steps, 'frameEnded'>,
  ) {}

  async choose(frame: Frame, state: StateDefinition): Promise<void> {
    const bindings = this.course.bindings(frame);
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

  async leave(frame: Frame, state: StateDefinition, result: unknown, extra: Extra = {}): Promise<void> {
    const bindings = this.course.bindings(frame, { ...extra, result });
    const [assigned, output] = await valuesOf(state, bindings, result, '');
    checkSize(output, `The state '${frame.state}' returned an output`);
    this.exit(frame, state.Type === 'Choice' ? 'Choice' : this.course.stateOf(frame).Type, assigned, output);
    await this.next(frame, state, output);
  }

  async caught(frame: Frame, state: StateDefinition, catcher: Catcher, error: StatesError): Promise<void> {
    const errorOutput = { Error: error.error, Cause: error.cause };
    const bindings = this.course.bindings(frame, { errorOutput });
    const [assigned, output] = await valuesOf(catcher, bindings, errorOutput, 'Catch/');
    this.exit(frame, state.Type, assigned, output);
    await this.next(frame, catcher, output);
  }

  private exit(frame: Frame, type: string, assigned: Record<string, unknown>, output: unknown): void {
    this.course.frames.assign(frame, assigned);
    frame.previousEventId = this.course.eventIn(frame, `${type}StateExited`, {
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
    if (state.Next === undefined) return this.steps.frameEnded(frame, output);
    frame.state = state.Next;
    frame.input = output;
    frame.phase = 'ready';
    forgetWaiting(frame);
    this.course.frames.touch(frame);
  }
}

/** Variables that are assigned, and the output: `otherwise` where a state names none. */
function valuesOf(
  state: Pick<StateDefinition, 'Assign' | 'Output'>,
  bindings: Bindings,
  otherwise: unknown,
  where: string,
): Promise<[Record<string, unknown>, unknown]> {
  return Promise.all([
    state.Assign === undefined
      ? {}
      : (evaluate(state.Assign, bindings, `${where}Assign`) as Promise<Record<string, unknown>>),
    state.Output === undefined ? otherwise : evaluate(state.Output, bindings, `${where}Output`),
  ]);
}
