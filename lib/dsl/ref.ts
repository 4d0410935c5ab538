/**
 * Typed references. `raw.dataset.rows` is a `Ref<number>`: a proxy that records the way to a value that exists only
 * when the pipeline runs. References go into object literals, `text` templates and comparisons; anything else that
 * would need the value now (a template string, arithmetic, `JSON.stringify`) throws with the place.
 */
import type { Json } from '../model/json';
import type { CompareOperator, Path, Value } from '../model/value';
import { callPlace } from './call-place';

const VALUE = Symbol('millrace.value');

/** Brings `T` into the type without a value at run time. */
declare const TYPE: unique symbol;

export interface RefBase<T> {
  readonly [VALUE]: Value;
  readonly [TYPE]?: T;
  equals(other: T | Ref<T>): Condition;
  notEquals(other: T | Ref<T>): Condition;
}

export interface OrderedRef {
  atLeast(other: number | Ref<number>): Condition;
  atMost(other: number | Ref<number>): Condition;
  greaterThan(other: number | Ref<number>): Condition;
  lessThan(other: number | Ref<number>): Condition;
}

/** A reference to a `T`; its members are references too. */
export type Ref<T> = RefBase<T> &
  ([NonNullable<T>] extends [number] ? OrderedRef : unknown) &
  ([NonNullable<T>] extends [readonly (infer Item)[]]
    ? { readonly [index: number]: Ref<Item> }
    : [NonNullable<T>] extends [object]
      ? { readonly [Key in keyof NonNullable<T>]-?: Ref<NonNullable<T>[Key]> }
      : unknown);

/** What a task takes where its contract says `T`: the value, a reference to one, or a literal that holds references. */
export type InputArg<T> =
  | T
  | Ref<T>
  | (T extends readonly (infer Item)[]
      ? readonly InputArg<Item>[]
      : T extends object
        ? { readonly [Key in keyof T]: InputArg<T[Key]> }
        : never);

/** True or false when the pipeline runs. */
export interface Condition extends RefBase<boolean> {
  and(other: Condition | Ref<boolean>): Condition;
  or(other: Condition | Ref<boolean>): Condition;
  not(): Condition;
}

const METHODS: Readonly<Record<string, (value: Value) => (...args: never[]) => unknown>> = {
  equals: (left) => (right: unknown) => compare('=', left, right),
  notEquals: (left) => (right: unknown) => compare('!=', left, right),
  atLeast: (left) => (right: unknown) => compare('>=', left, right),
  atMost: (left) => (right: unknown) => compare('<=', left, right),
  greaterThan: (left) => (right: unknown) => compare('>', left, right),
  lessThan: (left) => (right: unknown) => compare('<', left, right),
  and: (left) => (right: unknown) =>
    refTo({ kind: 'logic', operator: 'and', operands: [left, toValue(right)] }),
  or: (left) => (right: unknown) =>
    refTo({ kind: 'logic', operator: 'or', operands: [left, toValue(right)] }),
  not: (operand) => () => refTo({ kind: 'logic', operator: 'not', operands: [operand] }),
};

export function refTo<T>(value: Value): Ref<T> & Condition {
  return new Proxy(Object.freeze({}), {
    get(_target, key) {
      if (key === VALUE) return value;
      if (typeof key === 'symbol' || key === 'toString' || key === 'valueOf' || key === 'toJSON')
        return unusable(value, key);
      if (value.kind !== 'output' && value.kind !== 'param' && value.kind !== 'item')
        return METHODS[key]?.(value);
      const method = METHODS[key];
      if (method !== undefined) return method(value);
      return refTo({ ...value, path: [...value.path, /^\d+$/.test(key) ? Number(key) : key] });
    },
    has: (_target, key) => key === VALUE,
  }) as Ref<T> & Condition;
}

export function isRef(value: unknown): value is RefBase<unknown> {
  return typeof value === 'object' && value !== null && VALUE in value;
}

/** @throws TypeError on what JSON cannot hold: functions, symbols, dates, `undefined` inside an array */
export function toValue(value: unknown): Value {
  if (isRef(value)) return value[VALUE];
  if (value === null || typeof value === 'string' || typeof value === 'boolean')
    return { kind: 'literal', value };
  if (typeof value === 'number' && Number.isFinite(value)) return { kind: 'literal', value };
  if (Array.isArray(value)) {
    const items = value.map(toValue);
    return items.every((item) => item.kind === 'literal')
      ? { kind: 'literal', value: items.map(literal) }
      : { kind: 'array', items };
  }
  if (
    typeof value === 'object' &&
    (Object.getPrototypeOf(value) === Object.prototype || Object.getPrototypeOf(value) === null)
  ) {
    const fields = Object.fromEntries(
      Object.entries(value)
        .filter(([, field]) => field !== undefined)
        .map(([name, field]) => [name, toValue(field)]),
    );
    return Object.values(fields).every((field) => field.kind === 'literal')
      ? {
          kind: 'literal',
          value: Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, literal(field)])),
        }
      : { kind: 'object', fields };
  }
  throw new TypeError(
    `A ${typeof value} cannot be passed to a task (${callPlace()}): use JSON values and references.`,
  );
}

/** Text with references in it: ``text`AUC ${best.metrics.auc} is too low` ``. */
export function text(strings: TemplateStringsArray, ...parts: readonly unknown[]): Ref<string> {
  const pieces = strings.flatMap((string, i): Value[] => [
    ...(string === '' ? [] : [{ kind: 'literal', value: string } as const]),
    ...(i < parts.length ? [toValue(parts[i])] : []),
  ]);
  return refTo<string>({ kind: 'text', parts: pieces });
}

/** The folder that a text surely lies in: `raw/sales/` of ``text`raw/sales/${run.ds}.csv` ``; '' when none is known. */
export function constantStart(key: string | Ref<string>): string {
  const value = toValue(key);
  const parts = value.kind === 'text' ? value.parts : [value];
  const start: string[] = [];
  for (const part of parts) {
    if (part.kind !== 'literal' || typeof part.value !== 'string') break;
    start.push(part.value);
  }
  const known = start.join('');
  return known.slice(0, known.lastIndexOf('/') + 1);
}

function compare(operator: CompareOperator, left: Value, right: unknown): Condition {
  return refTo<boolean>({ kind: 'compare', operator, left, right: toValue(right) });
}

function literal(value: Value): Json {
  return value.kind === 'literal' ? value.value : null;
}

function unusable(value: Value, key: string | symbol): unknown {
  if (key === Symbol.toStringTag) return 'Ref';
  if (key !== Symbol.toPrimitive && key !== 'toString' && key !== 'valueOf' && key !== 'toJSON')
    return undefined;
  return () => {
    const what =
      value.kind === 'output'
        ? `${value.task}.${pathText(value.path)}`
        : value.kind === 'param'
          ? `params.${pathText(value.path)}`
          : value.kind === 'item'
            ? `item.${pathText(value.path)}`
            : value.kind;
    throw new TypeError(
      `The reference ${what} has no value yet (${callPlace()}): write text\`…\` for text, .atLeast() and the like for comparisons.`,
    );
  };
}

function pathText(path: Path): string {
  return path.join('.');
}
