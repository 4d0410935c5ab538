/** Which items a Query or a Scan looks at, and how much of each it has to know. */
import { itemSize } from './attribute-value';
import { conditionPaths } from './condition-paths';
import type { DynamoDbContext } from './context';
import type { Condition, DocumentPath, Operand } from './expression-parser';
import type { PartOfItem, RangeOptions } from './item-store';
import type { IndexDefinition, TableDefinition } from './table';

/** Behind every text that goes on. */
const LAST = '\u{10ffff}';

export interface Looked {
  /** Of the sort key. */
  readonly range: Condition | undefined;
  readonly filter: Condition | undefined;
  /** What is answered of an item. @default all of it */
  readonly paths: readonly DocumentPath[] | undefined;
}

/** Of each item no more than it takes, where most of what most of them have is not asked for. */
export function* candidates(
  { store }: DynamoDbContext,
  table: TableDefinition,
  index: IndexDefinition | undefined,
  prefix: string[],
  { range, filter, paths }: Looked,
  options: RangeOptions,
): Generator<PartOfItem> {
  if (index !== undefined || (paths === undefined && filter === undefined)) {
    for (const item of store.range(table, index, prefix, options)) yield { item, size: itemSize(item) };
    return;
  }
  const key = [table.key.hash, ...(table.key.range === undefined ? [] : [table.key.range])];
  const needed = [
    ...key.map((name) => [name]),
    ...[range, filter].flatMap((condition) => (condition === undefined ? [] : conditionPaths(condition))),
    ...(paths ?? []),
  ];
  yield* store.parts(table, prefix, needed, options);
}

/** Where a range of sort keys begins, in the direction that is read in; only of text, whose keys are the text itself. */
export function firstKey(
  range: Condition,
  table: TableDefinition,
  index: IndexDefinition | undefined,
  reverse: boolean,
): string | undefined {
  const name = (index ?? table.key).range;
  if (name === undefined || table.attributes[name] !== 'S') return undefined;
  if (range.kind === 'begins_with') {
    const beginning = textOf(range.right);
    return beginning === undefined || !reverse ? beginning : `${beginning}${LAST}`;
  }
  if (range.kind === 'between') return textOf(reverse ? range.high : range.low);
  if (range.kind !== 'compare' || range.left.kind !== 'path') return undefined;
  const bounded = reverse ? ['=', '<', '<='] : ['=', '>', '>='];
  return bounded.includes(range.operator) ? textOf(range.right) : undefined;
}

function textOf(operand: Operand): string | undefined {
  return operand.kind === 'value' && 'S' in operand.value ? operand.value.S : undefined;
}
