/** Values as JSONata. An expression reads variables only, and is total where the state cannot catch. */
import type { Json } from '../model/json';
import { walkValue, type Path, type Value } from '../model/value';

/** What an expression finds where it stands; expressions without their leading `$`. */
export interface Lookup {
  /** The variable that holds a task's result; `certain` when it can only be a success. */
  readonly task: (id: string) => { readonly variable: string; readonly certain: boolean };
  /** The logical run. */
  readonly run: string;
  /** Inside a map: what has `item` and `index`. */
  readonly each?: string;
}

/** A value inside a state: constants stay JSON, whatever is computed becomes `{% … %}`. */
export function valueToJson(value: Value, lookup: Lookup): Json {
  switch (value.kind) {
    case 'literal':
      return literalToJson(value.value);
    case 'array':
      return value.items.map((item) => valueToJson(item, lookup));
    case 'object':
      return Object.fromEntries(
        Object.entries(value.fields).map(([name, field]) => [name, valueToJson(field, lookup)]),
      );
    default:
      return wrap(expressionOf(value, lookup));
  }
}

export function wrap(expression: string): string {
  return `{% ${expression} %}`;
}

export function expressionOf(value: Value, lookup: Lookup): string {
  switch (value.kind) {
    case 'literal':
      return JSON.stringify(value.value);
    case 'array':
      return `[${value.items.map((item) => expressionOf(item, lookup)).join(', ')}]`;
    case 'object':
      return `{${Object.entries(value.fields)
        .map(([name, field]) => `${JSON.stringify(name)}: ${expressionOf(field, lookup)}`)
        .join(', ')}}`;
    case 'output': {
      const { variable, certain } = lookup.task(value.task);
      const place = `$${variable}.out${pathExpression(value.path)}`;
      return certain ? place : `($exists(${place}) ? ${place} : null)`;
    }
    case 'param':
      return `$${lookup.run}.params${pathExpression(value.path)}`;
    case 'run':
      return `$${lookup.run}.${value.field}`;
    case 'item':
      return `$${lookup.each ?? ''}.item${pathExpression(value.path)}`;
    case 'index':
      return `$${lookup.each ?? ''}.index`;
    case 'combine':
      return combination(
        value.how,
        Object.entries(value.lists).map(([name, list]) => [name, expressionOf(list, lookup)]),
      );
    case 'url-encoded':
      return `$replace($encodeUrlComponent($string(${expressionOf(value.value, lookup)})), "%2F", "/")`;
    case 'text':
      return value.parts
        .map((part) =>
          part.kind === 'literal' && typeof part.value === 'string'
            ? JSON.stringify(part.value)
            : `$string(${expressionOf(part, lookup)})`,
        )
        .join(' & ');
    case 'compare': {
      const left = expressionOf(value.left, lookup);
      const right = expressionOf(value.right, lookup);
      const comparison = `(${left} ${value.operator} ${right})`;
      // JSONata throws when it orders values of two types, also null and a number: what is missing compares as false.
      const total =
        value.operator === '=' ||
        value.operator === '!=' ||
        (certain(value.left, lookup) && certain(value.right, lookup));
      return total
        ? comparison
        : `($type(${left}) = $type(${right}) and $type(${left}) in ['number', 'string'] ? ${comparison} : false)`;
    }
    case 'logic':
      return value.operator === 'not'
        ? `$not(${value.operands.map((operand) => expressionOf(operand, lookup)).join('')})`
        : `(${value.operands.map((operand) => expressionOf(operand, lookup)).join(` ${value.operator} `)})`;
  }
}

function certain(value: Value, lookup: Lookup): boolean {
  return [...walkValue(value)].every((part) => part.kind !== 'output' || lookup.task(part.task).certain);
}

/** `null` when one of them is no list, which a map then refuses. */
function combination(
  how: 'zip' | 'cross',
  lists: readonly (readonly [name: string, list: string])[],
): string {
  const list = (i: number) => `$l${i}`;
  const bound = lists.map(([, expression], i) => `${list(i)} := ${expression}`);
  const typed = lists.map((_, i) => `$type(${list(i)}) = 'array'`).join(' and ');
  const counts = lists.map((_, i) => `$count(${list(i)})`);
  const count = how === 'zip' ? `$min([${counts.join(', ')}])` : counts.join(' * ');
  const fields = lists.map(([name], i) => {
    const faster = counts.slice(i + 1).join(' * ');
    const step = faster === '' ? '$i' : `$floor($i / (${faster}))`;
    return `${JSON.stringify(name)}: ${list(i)}[${how === 'zip' ? '$i' : `${step} % ${counts[i] ?? '1'}`}]`;
  });
  return `(${bound.join('; ')}; $n := ${typed} ? ${count} : -1; $n < 0 ? null : $n = 0 ? [] : $map([0..$n - 1], function($i) {{${fields.join(', ')}}})[])`;
}

function pathExpression(path: Path): string {
  return path
    .map((segment) =>
      typeof segment === 'number'
        ? `[${segment}]`
        : /^[A-Za-z_]\w*$/.test(segment) && !RESERVED.has(segment)
          ? `.${segment}`
          : `.\`${segment}\``,
    )
    .join('');
}

/** Words that JSONata reads as operators. */
const RESERVED = new Set(['and', 'or', 'in', 'true', 'false', 'null', 'function']);

/**
 * A constant text that looks like an expression is written as an expression that yields it; so is an empty one, and one
 * of several lines, which validators of machines do not know.
 */
export function literalToJson(value: Json): Json {
  if (typeof value === 'string')
    return /^$|^\{%|[\n\r\u2028\u2029]/.test(value) ? wrap(JSON.stringify(value)) : value;
  if (Array.isArray(value)) return value.map((item: Json) => literalToJson(item));
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, literalToJson(field)]));
  }
  return value;
}
