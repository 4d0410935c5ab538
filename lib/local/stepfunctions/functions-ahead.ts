/**
 * Functions that an execution will call, told before it does, so that their processes start meanwhile. Only time depends on
 * it: one that is not told starts when it is called, and one that is told in vain waits like any that is kept warm.
 */
import type { Definition, StateDefinition } from './definition';

/** So many functions before the one that is called. */
const AHEAD = 2;
const INVOKE = /^arn:aws:states:::lambda:invoke(?:\.waitForTaskToken)?$/;

export class FunctionsAhead {
  private readonly order: readonly string[];

  constructor(
    definition: Definition,
    private readonly tell: (functions: readonly string[]) => void,
  ) {
    this.order = [...new Set(functionsOf(definition))];
  }

  started(): void {
    this.tell(this.order.slice(0, AHEAD));
  }

  called(functionArn: string): void {
    const place = this.order.indexOf(functionArn);
    const next = place < 0 ? [] : this.order.slice(place + 1, place + 1 + AHEAD);
    if (next.length > 0) this.tell(next);
  }
}

/** In the order in which the states are reached, as far as the definition names them. */
function* functionsOf(scope: Pick<Definition, 'StartAt' | 'States'>): Generator<string> {
  const reached = new Set([scope.StartAt]);
  for (const name of reached) {
    const state = scope.States[name];
    if (state === undefined) continue;
    const called = calledBy(state);
    if (called !== undefined) yield called;
    for (const branch of state.Branches ?? []) yield* functionsOf(branch);
    if (state.ItemProcessor !== undefined) yield* functionsOf(state.ItemProcessor);
    // A set is gone through with what is added on the way.
    for (const next of [state.Next, state.Default, ...(state.Choices ?? []).map((rule) => rule.Next)])
      if (next !== undefined) reached.add(next);
  }
}

function calledBy({ Resource, Arguments }: StateDefinition): string | undefined {
  if (!INVOKE.test(Resource ?? '')) return undefined;
  const name = (Arguments as { readonly FunctionName?: unknown } | undefined)?.FunctionName;
  return typeof name === 'string' && !name.startsWith('{%') ? name : undefined;
}
