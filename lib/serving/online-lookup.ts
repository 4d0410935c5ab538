/**
 * Features that a request leaves out and a feature group knows: a model that was trained with `<group>__<feature>` takes the
 * latest values of the entity that the request names. What the request says itself counts.
 */
import { onlineFeatures, readGroup, type FeatureValue, type StoredGroup } from './feature-groups';
import type { Fields } from './read-records';
import type { Signature } from './signature';

/** By name; a group that is gone is asked for again. */
const groups = new Map<string, Promise<StoredGroup>>();

/**
 * The records with what was looked up. Columns of an entity that the model does not take go, after they have served;
 * what cannot be looked up stays missing, and is refused by its name.
 */
export async function withOnlineFeatures(
  records: readonly Fields[],
  { inputs }: Signature,
): Promise<readonly Fields[]> {
  const taken = new Set(inputs.map(({ name }) => name));
  const byGroup = new Map<string, string[]>();
  for (const { name } of inputs) {
    const [group, feature] = name.split(/__(.+)/s);
    if (group === undefined || feature === undefined || records.every((record) => name in record)) continue;
    byGroup.set(group, [...(byGroup.get(group) ?? []), feature]);
  }
  let result = records;
  for (const [name, features] of byGroup) {
    const group = await groupOf(name);
    if (group !== undefined) result = await lookUp(group, features, result, taken);
  }
  return result;
}

async function lookUp(
  { name: group, entity }: StoredGroup,
  features: readonly string[],
  records: readonly Fields[],
  taken: ReadonlySet<string>,
): Promise<Fields[]> {
  const known = records.map((record) =>
    entity.every((column) => record[column] !== undefined && record[column] !== null)
      ? entity.map((column) => String(record[column]))
      : undefined,
  );
  // One read for each entity, however many rows name it.
  const distinct = [
    ...new Map(known.flatMap((key) => (key === undefined ? [] : [[JSON.stringify(key), key] as const]))),
  ];
  const found = await onlineFeatures(
    group,
    distinct.map(([, key]) => key),
    features,
  );
  const values = new Map(distinct.map(([text], i) => [text, found[i]?.values]));
  return records.map((record, row) => {
    const latest = values.get(JSON.stringify(known[row]));
    const looked = Object.fromEntries(
      features.map((feature): [string, FeatureValue | undefined] => [
        `${group}__${feature}`,
        latest?.[feature],
      ]),
    );
    const kept = Object.entries(record).filter(([name]) => taken.has(name) || !entity.includes(name));
    return { ...withoutUndefined(looked), ...Object.fromEntries(kept) };
  });
}

/** `undefined` for a name that is no group: two underscores may be part of any column. */
async function groupOf(name: string): Promise<StoredGroup | undefined> {
  const reading = groups.get(name) ?? readGroup(name);
  groups.set(name, reading);
  try {
    return await reading;
  } catch {
    groups.delete(name);
    return undefined;
  }
}

function withoutUndefined(values: Readonly<Record<string, FeatureValue | undefined>>): Fields {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}
