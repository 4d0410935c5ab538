/**
 * Tasks of a map by their names: `scores/score[3]` is item 3 of `scores`. A map holds no further map, so the last part of the
 * name alone has a number.
 */
export interface MapItem {
  /** The map as the pipeline calls it, with the groups that it is in. */
  readonly map: string;
  readonly index: string;
}

/** `undefined` for a task that is not in a map. */
export function itemOf(task: string): MapItem | undefined {
  const [, map, index] = /^(.+)\/[^/]+\[(\d+)\]$/s.exec(task) ?? [];
  return map === undefined || index === undefined ? undefined : { map, index };
}
