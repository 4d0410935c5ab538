/**
 * Names of states that are made of the names of tasks (`wake for … one`, `free failed …`, `… ended`), as Step Functions takes them:
 * of at most 80 characters, and each once in the whole machine, also where one Parallel lies in another.
 *
 * 1. Names that fit stay; tasks have such names, as MR105 sees to it.
 * 2. What is too long gets its beginning and a hash of the whole; what is there already a number, the inner one of two.
 */
import { createHash } from 'node:crypto';
import type { State } from './asl';

const LONGEST = 80;
const HASH = 6;

interface Scope {
  readonly StartAt: string;
  readonly States: Readonly<Record<string, State>>;
}

export function shortName(name: string): string {
  if (name.length <= LONGEST) return name;
  const hash = createHash('sha256').update(name).digest('hex').slice(0, HASH);
  return `${name.slice(0, LONGEST - HASH - 1).trimEnd()} ${hash}`;
}

export function withFittingNames<S extends Scope>(machine: S): S {
  const names = [...namesIn(machine)];
  const fit = new Set(names).size === names.length && names.every((name) => name.length <= LONGEST);
  return fit ? machine : { ...machine, ...renamed(machine, new Set()) };
}

function* namesIn({ States }: Scope): Generator<string> {
  for (const [name, state] of Object.entries(States)) {
    yield name;
    if (state.Type === 'Parallel') for (const branch of state.Branches) yield* namesIn(branch);
    if (state.Type === 'Map') yield* namesIn(state.ItemProcessor);
  }
}

function renamed(scope: Scope, taken: Set<string>): Scope {
  const names = new Map(
    Object.keys(scope.States).map((name) => {
      let free = shortName(name);
      for (let n = 2; taken.has(free); n++) free = shortName(`${name} ${n}`);
      taken.add(free);
      return [name, free];
    }),
  );
  const nameOf = (name: string): string => names.get(name) ?? name;
  return {
    StartAt: nameOf(scope.StartAt),
    States: Object.fromEntries(
      Object.entries(scope.States).map(([name, state]) => [nameOf(name), onwards(state, nameOf, taken)]),
    ),
  };
}

function onwards(state: State, nameOf: (name: string) => string, taken: Set<string>): State {
  const next = <T extends { readonly Next?: string }>(way: T): T =>
    way.Next === undefined ? way : { ...way, Next: nameOf(way.Next) };
  const own = 'Next' in state ? next(state) : state;
  const caught = 'Catch' in own && own.Catch !== undefined ? { ...own, Catch: own.Catch.map(next) } : own;
  switch (caught.Type) {
    case 'Choice':
      return { ...caught, Choices: caught.Choices.map(next), Default: nameOf(caught.Default) };
    case 'Parallel':
      return { ...caught, Branches: caught.Branches.map((branch) => renamed(branch, taken)) };
    case 'Map':
      return {
        ...caught,
        ItemProcessor: { ...caught.ItemProcessor, ...renamed(caught.ItemProcessor, taken) },
      };
    default:
      return caught;
  }
}
