import { compileExpression, isExpression } from './jsonata';
import type { Definition, StateDefinition } from './definition';

const TYPES = new Set(['Task', 'Pass', 'Choice', 'Wait', 'Parallel', 'Map', 'Succeed', 'Fail']);

/** Every fault of a definition, each with its place; empty when it can run. */
export function validateDefinition(text: string): { definition: Definition | undefined; faults: string[] } {
  let definition: Definition;
  try {
    definition = JSON.parse(text) as Definition;
  } catch (error) {
    return {
      definition: undefined,
      faults: [`INVALID_JSON_DESCRIPTION: ${error instanceof Error ? error.message : ''}`],
    };
  }
  const faults: string[] = [];
  if (definition.QueryLanguage !== 'JSONata') faults.push("QueryLanguage: only 'JSONata' machines run here");
  checkStates(definition, '', new Set(), faults);
  checkExpressions(definition.States, '/States', faults);
  return { definition, faults };
}

function checkStates(
  scope: Pick<Definition, 'StartAt' | 'States'>,
  path: string,
  outer: ReadonlySet<string>,
  faults: string[],
): void {
  const states = scope.States ?? {};
  if (states[scope.StartAt] === undefined)
    faults.push(`${path}/StartAt: there is no state '${scope.StartAt}'`);
  const assigned = new Set<string>();
  for (const state of Object.values(states)) for (const name of assignmentsOf(state)) assigned.add(name);
  for (const name of assigned)
    if (outer.has(name)) faults.push(`${path}: the variable '${name}' is assigned in an outer scope too`);
  const reached = new Set([scope.StartAt]);
  for (const [name, state] of Object.entries(states)) {
    const here = `${path}/States/${name}`;
    if (name.length > 80) faults.push(`${here}: the name has more than 80 characters`);
    if (!TYPES.has(state.Type)) faults.push(`${here}/Type: '${String(state.Type)}' is no type of state`);
    const targets = [
      state.Next,
      state.Default,
      ...(state.Choices ?? []).map((rule) => rule.Next),
      ...(state.Catch ?? []).map((catcher) => catcher.Next),
    ].filter((target) => target !== undefined);
    for (const target of targets) {
      reached.add(target);
      if (states[target] === undefined) faults.push(`${here}: there is no state '${target}'`);
    }
    const ends = state.Type === 'Succeed' || state.Type === 'Fail' || state.Type === 'Choice';
    if (!ends && state.Next === undefined && state.End !== true) faults.push(`${here}: neither Next nor End`);
    const inner = new Set([...outer, ...assigned]);
    state.Branches?.forEach((branch, i) => checkStates(branch, `${here}/Branches/${i}`, inner, faults));
    if (state.ItemProcessor !== undefined)
      checkStates(state.ItemProcessor, `${here}/ItemProcessor`, inner, faults);
  }
  for (const name of Object.keys(states))
    if (!reached.has(name)) faults.push(`${path}/States/${name}: no state leads to it`);
}

function assignmentsOf(state: StateDefinition): string[] {
  return [
    state.Assign,
    ...(state.Choices ?? []).map((rule) => rule.Assign),
    ...(state.Catch ?? []).map((catcher) => catcher.Assign),
  ].flatMap((assign) => (typeof assign === 'object' && assign !== null ? Object.keys(assign) : []));
}

function checkExpressions(value: unknown, path: string, faults: string[]): void {
  if (isExpression(value)) {
    try {
      compileExpression(value);
    } catch (error) {
      faults.push(
        `${path}: ${typeof error === 'object' && error !== null && 'message' in error ? String(error.message) : String(error)}`,
      );
    }
  } else if (typeof value === 'object' && value !== null) {
    for (const [name, member] of Object.entries(value)) checkExpressions(member, `${path}/${name}`, faults);
  }
}
