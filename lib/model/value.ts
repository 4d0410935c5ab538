/** What a task's input, a condition or a text is made of before compilation: plain data, no closures. */
import type { Json } from './json';

export type RunField =
  | 'id'
  | 'pipeline'
  | 'trigger'
  | 'logicalDate'
  | 'dataIntervalStart'
  | 'dataIntervalEnd'
  | 'ds'
  | 'dsNodash'
  | 'startedAt';

export type Path = readonly (string | number)[];

export type CompareOperator = '=' | '!=' | '<' | '<=' | '>' | '>=';

export type Value =
  | { readonly kind: 'literal'; readonly value: Json }
  | { readonly kind: 'array'; readonly items: readonly Value[] }
  | { readonly kind: 'object'; readonly fields: { readonly [name: string]: Value } }
  /** A place in the output of another task. */
  | { readonly kind: 'output'; readonly task: string; readonly path: Path }
  | { readonly kind: 'param'; readonly path: Path }
  | { readonly kind: 'run'; readonly field: RunField }
  /** Inside a map: a place in the item at hand, and its index. */
  | { readonly kind: 'item'; readonly map: string; readonly path: Path }
  | { readonly kind: 'index'; readonly map: string }
  /** A list of objects from lists: side by side up to the end of the shortest, or every combination, the last name fastest. */
  | {
      readonly kind: 'combine';
      readonly how: 'zip' | 'cross';
      readonly lists: { readonly [name: string]: Value };
    }
  /** A text as it stands in a URL; slashes stay. */
  | { readonly kind: 'url-encoded'; readonly value: Value }
  /** Parts are put together as text. */
  | { readonly kind: 'text'; readonly parts: readonly Value[] }
  | {
      readonly kind: 'compare';
      readonly operator: CompareOperator;
      readonly left: Value;
      readonly right: Value;
    }
  | { readonly kind: 'logic'; readonly operator: 'and' | 'or' | 'not'; readonly operands: readonly Value[] };

/** Every value inside a value, itself first. */
export function* walkValue(value: Value): Generator<Value> {
  yield value;
  for (const child of childrenOf(value)) yield* walkValue(child);
}

function childrenOf(value: Value): readonly Value[] {
  switch (value.kind) {
    case 'array':
      return value.items;
    case 'object':
      return Object.values(value.fields);
    case 'combine':
      return Object.values(value.lists);
    case 'url-encoded':
      return [value.value];
    case 'text':
      return value.parts;
    case 'compare':
      return [value.left, value.right];
    case 'logic':
      return value.operands;
    default:
      return [];
  }
}

/** `metrics.auc`, `files[0].uri`; `''` for the whole. */
export function formatPath(path: Path): string {
  return path.reduce<string>(
    (text, segment) =>
      typeof segment === 'number' ? `${text}[${segment}]` : text === '' ? segment : `${text}.${segment}`,
    '',
  );
}
