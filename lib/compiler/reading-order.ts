/** States in the order in which tasks were defined, what comes before or after a task beside it: how one reads the definition. */
import type { PipelineModel } from '../model/pipeline';
import type { State } from './asl';
import { stateNameOf } from './names';

type States = Record<string, State>;

export function inReadingOrder(states: States, model: PipelineModel): States {
  const rank = new Map(model.tasks.map((task, i) => [stateNameOf(task.id), i]));
  return ordered(states, rank);
}

function ordered(states: States, rank: ReadonlyMap<string, number>): States {
  const entries = Object.entries(states).map(([name, state]) => ({ name, state: within(state, rank) }));
  // What belongs to a task has no name of its own in the ranks: it stands by the state that leads to it or follows it.
  const keys = new Map(entries.map(({ name, state }) => [name, keyOf(name, state, rank)]));
  for (const { name, state } of entries.toReversed()) {
    if (keys.get(name) !== undefined) continue;
    const next = 'Next' in state ? state.Next : 'Default' in state ? state.Default : undefined;
    const key = next === undefined ? undefined : keys.get(next);
    keys.set(name, key === undefined ? Number.MAX_SAFE_INTEGER : key - 0.25);
  }
  return Object.fromEntries(
    entries
      .toSorted((a, b) => (keys.get(a.name) ?? 0) - (keys.get(b.name) ?? 0))
      .map(({ name, state }) => [name, state]),
  );
}

function keyOf(name: string, state: State, rank: ReadonlyMap<string, number>): number | undefined {
  const own = rank.get(name.replace(/\?$/, ''));
  if (own !== undefined) return name.endsWith('?') ? own - 0.5 : own;
  const owner = rank.get(name.replace(/^(?:mark|wake for) /, ''));
  if (owner !== undefined) return owner + (name.startsWith('mark') ? 0.1 : 0.2);
  return state.Type === 'Parallel'
    ? Math.min(
        ...state.Branches.flatMap((branch) =>
          Object.entries(branch.States).map(
            ([inner, innerState]) => keyOf(inner, innerState, rank) ?? Number.MAX_SAFE_INTEGER,
          ),
        ),
      )
    : undefined;
}

function within(state: State, rank: ReadonlyMap<string, number>): State {
  return state.Type === 'Parallel'
    ? {
        ...state,
        Branches: state.Branches.map((branch) => ({ ...branch, States: ordered(branch.States, rank) })),
      }
    : state;
}
