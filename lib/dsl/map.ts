import { addStep } from './base';
import { currentBuilder } from './builder';
import { refTo, toValue, type InputArg, type Ref, type RefBase } from './ref';
import type { StepOptions } from './step-options';
import type { TaskHandle } from './task';

export interface MapOptions extends StepOptions {
  /** Items at the same time. @default as many as Step Functions allows: 40 inline */
  readonly maxConcurrency?: number;
  /** `distributed`: each item, or batch, is an execution of its own, for thousands of items. @default inline */
  readonly mode?: 'inline' | 'distributed';
  /** Percent of the items that may fail without the map failing. @default 0 */
  readonly toleratedFailurePercentage?: number;
  /** Items per execution; `distributed` only. @default 1 */
  readonly batchSize?: number;
}

/** A list, or a reference to one. */
export type ListArg<Item> = RefBase<readonly Item[]> | readonly InputArg<Item>[];

/** What stands in place of references once the pipeline runs. */
export type Resolved<T> =
  T extends RefBase<infer Value>
    ? Value
    : T extends readonly (infer Item)[]
      ? Resolved<Item>[]
      : T extends object
        ? { [Key in keyof T]: Resolved<T[Key]> }
        : T;

/**
 * Does the same for every item of a list that is known only when the pipeline runs. Returns the list of what the items
 * yield, in the order of the items; an item that failed within the tolerance yields `null`. An empty list is a success.
 */
export function map<Item, Result>(
  id: string,
  items: ListArg<Item>,
  body: (item: Ref<Item>, index: Ref<number>) => Result,
  options: MapOptions = {},
): TaskHandle<Resolved<Result>[]> {
  const builder = currentBuilder(`map('${id}')`);
  const taskId = builder.qualify(id);
  const { made, tasks } = builder.inMap(id, () =>
    body(refTo<Item>({ kind: 'item', map: taskId, path: [] }), refTo<number>({ kind: 'index', map: taskId })),
  );
  return addStep('map', id, options, (base) => ({
    ...base,
    kind: 'map',
    items: toValue(items),
    tasks,
    result: made === undefined ? { kind: 'literal', value: null } : toValue(made),
    maxConcurrency: options.maxConcurrency ?? 0,
    mode: options.mode ?? 'inline',
    toleratedFailurePercentage: options.toleratedFailurePercentage ?? 0,
    ...(options.batchSize === undefined ? {} : { batchSize: options.batchSize }),
  }));
}

/** Lists side by side, up to the end of the shortest: `zip({ x: xs, y: ys })` is `[{ x, y }, …]`. */
export function zip<Lists extends Readonly<Record<string, ListArg<unknown>>>>(
  lists: Lists,
): Ref<Combined<Lists>[]> {
  return combine('zip', lists);
}

/** Every combination, the last name fastest: `cross({ x: xs, y: ys })`. */
export function cross<Lists extends Readonly<Record<string, ListArg<unknown>>>>(
  lists: Lists,
): Ref<Combined<Lists>[]> {
  return combine('cross', lists);
}

export type Combined<Lists> = {
  [Name in keyof Lists]: Resolved<Lists[Name]> extends readonly (infer Item)[] ? Item : never;
};

function combine<Lists extends Readonly<Record<string, ListArg<unknown>>>>(
  how: 'zip' | 'cross',
  lists: Lists,
): Ref<Combined<Lists>[]> {
  return refTo({
    kind: 'combine',
    how,
    lists: Object.fromEntries(Object.entries(lists).map(([name, list]) => [name, toValue(list)])),
  });
}
