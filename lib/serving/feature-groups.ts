/**
 * What is kept of feature groups in the tracking table: their description, and the latest values of each entity.
 *
 * 1. A group's keys and the types of its features do not change; new features may be added.
 * 2. Latest values give way only to values of a later time, or of the same time written again. So writes may come in
 *    any order, twice, and at once.
 */
import { trackingTable } from '../aws/tables';
import { DoNotRetry } from '../model/errors';
import type { Column } from '../tasks/dataset';
import type { FeatureGroup } from '../tasks/feature-group';

/** A feature group that there is not, or that is described otherwise. */
export class InvalidFeatureGroup extends DoNotRetry {
  override readonly name = 'Millrace.InvalidFeatureGroup';
}

export interface StoredGroup extends FeatureGroup {
  readonly columns: readonly Column[];
}

export type FeatureValue = string | number | boolean | null;

export interface EntityFeatures {
  /** ISO instant of the values. */
  readonly eventTime: string;
  readonly values: Readonly<Record<string, FeatureValue>>;
}

const listKey = (name: string) => ({ pk: 'FEATURES#', sk: name });
const groupKey = (name: string) => ({ pk: `FEATURES#${name}`, sk: 'META' });
const entityKey = (group: string, entity: readonly string[]) => ({
  pk: `FEATURES#${group}#${JSON.stringify(entity)}`,
  sk: 'LATEST',
});

/** @throws InvalidFeatureGroup when nothing was written to it yet */
export async function readGroup(name: string): Promise<StoredGroup> {
  const stored = await trackingTable().get<{ readonly group: StoredGroup }>(groupKey(name));
  if (stored !== undefined) return stored.group;
  throw new InvalidFeatureGroup(`There is no feature group '${name}'. A task writeFeatures makes it.`);
}

/** All groups, by name. */
export async function listGroups(): Promise<StoredGroup[]> {
  const names = await trackingTable().query<{ readonly name: string }>({ pk: 'FEATURES#' });
  return Promise.all(names.map(async ({ name }) => readGroup(name)));
}

/** Describes a group, or adds features to it. @throws InvalidFeatureGroup when that contradicts what is there */
export async function declareGroup(group: FeatureGroup, columns: readonly Column[]): Promise<StoredGroup> {
  const stored = await trackingTable().get<{ readonly group: StoredGroup }>(groupKey(group.name));
  const known = stored?.group;
  if (known !== undefined) {
    const keys = (one: FeatureGroup) => JSON.stringify([one.entity, one.eventTime]);
    if (keys(known) !== keys(group))
      throw new InvalidFeatureGroup(
        `The feature group '${group.name}' has the entity ${known.entity.join(', ')} and the event time '${known.eventTime}'; this task says ${group.entity.join(', ')} and '${group.eventTime}'. Take another name.`,
      );
    const retyped = columns.find(({ name, type }) =>
      known.columns.some((column) => column.name === name && column.type !== type),
    );
    if (retyped !== undefined)
      throw new InvalidFeatureGroup(
        `The column '${retyped.name}' of the feature group '${group.name}' has other values than ${retyped.type} ones. Cast it, or take another name.`,
      );
  }
  const added = columns.filter(({ name }) => known?.columns.some((column) => column.name === name) !== true);
  const all = { ...group, columns: [...(known?.columns ?? []), ...added] };
  if (known === undefined || added.length > 0) {
    await trackingTable().put({ ...groupKey(group.name), group: all });
    await trackingTable().put({ ...listKey(group.name), name: group.name });
  }
  return all;
}

/** @returns whether these are the latest values now */
export async function putLatest(
  group: string,
  entity: readonly string[],
  { eventTime, values }: EntityFeatures,
): Promise<boolean> {
  return trackingTable().put(
    { ...entityKey(group, entity), eventTime, values },
    {
      ConditionExpression: 'attribute_not_exists(pk) OR eventTime <= :time',
      ExpressionAttributeValues: { ':time': eventTime },
    },
  );
}

/**
 * The latest values of entities, for scoring them now: `await onlineFeatures('usage', [['c1'], ['c2']])`.
 * @param entities values of the entity's columns, as texts, in the group's order
 * @param features @default all
 * @returns in the same order; `undefined` for an entity that nothing is known of
 */
export async function onlineFeatures(
  group: string,
  entities: readonly (readonly string[])[],
  features?: readonly string[],
): Promise<(EntityFeatures | undefined)[]> {
  const table = trackingTable();
  const found = await Promise.all(
    entities.map((entity) => table.get<EntityFeatures>(entityKey(group, entity))),
  );
  return found.map((one) =>
    one === undefined || features === undefined
      ? one
      : {
          eventTime: one.eventTime,
          values: Object.fromEntries(features.map((name) => [name, one.values[name] ?? null])),
        },
  );
}
