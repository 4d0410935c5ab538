/** State transitions of a run that goes well: what Step Functions Standard bills. */
import type { State } from './asl';

type States = Readonly<Record<string, State>>;

interface Scope {
  readonly StartAt: string;
  readonly States: States;
}

/** Items of a map whose list is not known before the run. */
export const ASSUMED_ITEMS = 10;

/**
 * The most transitions of a path on which nothing fails: of choices the dearer arm, of a map its constant list or
 * `ASSUMED_ITEMS` items. Each entered state counts once; retries come on top. Ways through `Catch` are not gone.
 *
 * @param weigh what entering a state counts; 0 leaves the states inside of it to count
 */
export function transitionsOf(
  machine: Scope,
  weigh: (name: string, state: State) => number = () => 1,
): number {
  const known = new Map<string, number>();
  // Backwards over the states, without recursion along chains: these have thousands of states.
  const order = backwards(machine);
  for (const name of order) {
    const state = machine.States[name];
    if (state === undefined) continue;
    const after = Math.max(0, ...nextOf(state).map((next) => known.get(next) ?? 0));
    known.set(name, weigh(name, state) + within(state, weigh) + after);
  }
  return known.get(machine.StartAt) ?? 0;
}

function within(state: State, weigh: (name: string, state: State) => number): number {
  if (state.Type === 'Parallel')
    return state.Branches.reduce((sum, branch) => sum + transitionsOf(branch, weigh), 0);
  return state.Type === 'Map' ? itemsOf(state.Items) * transitionsOf(state.ItemProcessor, weigh) : 0;
}

function nextOf(state: State): string[] {
  if (state.Type === 'Choice') return [state.Default, ...state.Choices.map(({ Next }) => Next)];
  return 'Next' in state && state.Next !== undefined ? [state.Next] : [];
}

/** States that can be reached, those that follow first. */
function backwards({ StartAt, States: states }: Scope): string[] {
  const order: string[] = [];
  const seen = new Set<string>();
  const open: { readonly name: string; readonly left: string[] }[] = [];
  const visit = (name: string): void => {
    const state = states[name];
    if (state === undefined || seen.has(name)) return;
    seen.add(name);
    open.push({ name, left: nextOf(state) });
  };
  visit(StartAt);
  for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
    const next = top.left.pop();
    if (next === undefined) order.push(open.pop()?.name ?? '');
    else visit(next);
  }
  return order;
}

function itemsOf(items: unknown): number {
  const source = typeof items === 'string' ? /^\{% (\[.*\]) %\}$/s.exec(items)?.[1] : undefined;
  if (source === undefined) return ASSUMED_ITEMS;
  try {
    const list: unknown = JSON.parse(source);
    return Array.isArray(list) ? list.length : ASSUMED_ITEMS;
  } catch {
    return ASSUMED_ITEMS;
  }
}
