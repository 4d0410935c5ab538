/**
 * Every transition costs, so a state that only hands on what its neighbour has is folded into the neighbour.
 *
 * A state does not see what it assigns itself; where the folded state reads such a variable, the expression binds it.
 */
import type { Json, JsonObject } from '../model/json';
import type { Assign, State } from './asl';
import { wrap } from './jsonata';

type States = Record<string, State>;

/** States before the last one of a scope end it themselves. The last one stays for those that cannot. */
export function foldEnd(states: States, end: string): void {
  const last = states[end];
  if (last?.Type !== 'Succeed') return;
  const output = last.Output ?? {};
  for (const [name, state] of Object.entries(states)) {
    if (!canEnd(state) || state.Next !== end) continue;
    const { Next: _next, ...rest } = state;
    states[name] = { ...rest, Output: reading(output, state.Assign ?? {}), End: true };
  }
  if (!Object.values(states).some((state) => targetsOf(state).includes(end))) delete states[end];
}

/** The first state of an iteration reads what it was given, instead of a state before it that assigns it. */
export function foldBegin(states: States, begin: string): string {
  const first = states[begin];
  if (first?.Type !== 'Pass' || first.Assign === undefined || first.Next === undefined) return begin;
  const second = states[first.Next];
  if (second?.Type !== 'Task') return begin;
  const { Assign: given } = first;
  delete states[begin];
  const next = first.Next;
  const others = Object.entries(states).filter(([name]) => name !== next);
  const later = [second.Output, second.Catch?.map(({ Next }) => Next), others];
  const kept = Object.fromEntries(Object.entries(given).filter(([name]) => mentions(later, name)));
  states[next] = {
    ...second,
    Arguments: reading(second.Arguments, given),
    Output: reading(second.Output, given),
    Assign: { ...kept, ...second.Assign },
    ...(second.Catch === undefined
      ? {}
      : { Catch: second.Catch.map((catcher) => ({ ...catcher, Assign: { ...kept, ...catcher.Assign } })) }),
  };
  return next;
}

/** States to which control may go on. */
export function targetsOf(state: State): string[] {
  const own: (string | undefined)[] = ['Next' in state ? state.Next : undefined];
  if (state.Type === 'Choice') own.push(state.Default, ...state.Choices.map(({ Next }) => Next));
  if ('Catch' in state) own.push(...(state.Catch ?? []).map(({ Next }) => Next));
  return own.filter((name) => name !== undefined);
}

type Ending = Extract<State, { Type: 'Task' | 'Map' | 'Parallel' | 'Pass' }>;

function canEnd(state: State): state is Ending {
  return ['Task', 'Map', 'Parallel', 'Pass'].includes(state.Type);
}

/** A template as it is written where some variables are not there yet. */
function reading(template: Json, assigned: Assign): Json {
  if (Array.isArray(template)) return template.map((item: Json) => reading(item, assigned));
  if (typeof template === 'object' && template !== null)
    return Object.fromEntries(
      Object.entries(template).map(([key, value]) => [key, reading(value, assigned)]),
    );
  const expression = expressionIn(template);
  if (expression === undefined) return template;
  const bound: string[] = [];
  let rest = expression;
  for (const [name, value] of Object.entries(assigned)) {
    if (!mentions(expression, name)) continue;
    if (expression === `$${name}`) return value;
    const field = fieldOf(expression, name, value);
    if (field !== undefined) return field;
    const source = sourceOf(value);
    if (/^\$[\w.[\]`-]+$/.test(source)) rest = replaceVariable(rest, name, source);
    else bound.push(`$${name} := ${source}; `);
  }
  return wrap(bound.length === 0 ? rest : `(${bound.join('')}${rest})`);
}

/** `$task.status` of what is assigned as an object. */
function fieldOf(expression: string, name: string, value: Json): Json | undefined {
  const path = expression.startsWith(`$${name}.`) ? expression.slice(name.length + 2) : '';
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as JsonObject)[path]
    : undefined;
}

/** Leaves texts and quoted names alone. */
function replaceVariable(expression: string, name: string, source: string): string {
  const tokens = new RegExp(`"(?:[^"\\\\]|\\\\.)*"|'(?:[^'\\\\]|\\\\.)*'|\`[^\`]*\`|\\$${name}(?!\\w)`, 'g');
  return expression.replace(tokens, (token) => (token === `$${name}` ? source : token));
}

function expressionIn(value: Json): string | undefined {
  return typeof value === 'string' && value.startsWith('{% ') ? value.slice(3, -3) : undefined;
}

function sourceOf(value: Json): string {
  const expression = expressionIn(value);
  if (expression !== undefined) return expression;
  if (Array.isArray(value)) return `[${value.map(sourceOf).join(', ')}]`;
  if (typeof value === 'object' && value !== null) {
    const fields = Object.entries(value).map(([key, field]) => `${JSON.stringify(key)}: ${sourceOf(field)}`);
    return `{${fields.join(', ')}}`;
  }
  return JSON.stringify(value);
}

function mentions(within: unknown, variable: string): boolean {
  return new RegExp(`\\$${variable}(?!\\w)`).test(
    typeof within === 'string' ? within : JSON.stringify(within),
  );
}
