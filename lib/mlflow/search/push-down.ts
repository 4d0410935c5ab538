/**
 * What of a search of runs the table can do by itself: leave out runs of which a clause is surely false, and attributes that
 * nobody asked for. It costs the same units; what is not sent need not be read. The search looks at every run again.
 */
import type { Selection } from '../../aws/dynamo-table';
import { certainClauses, type Clause, type Condition, type Field } from './conditions';

/** What every search needs to know of a run: which one it is, where it stands, whether it is there. */
const ALWAYS = ['runId', 'startTime', 'lifecycleStage', 'deletedAt'] as const;
/** Attributes of the item by keys of the grammar. */
const ATTRIBUTES: Readonly<Record<string, readonly string[]>> = {
  run_id: ['runId'],
  run_name: ['runName'],
  user_id: ['userId'],
  status: ['status'],
  artifact_uri: ['artifactUri'],
  start_time: ['startTime'],
  end_time: ['endTime'],
};
/** Of these the item has the very text that clauses compare with. */
const PLAIN: readonly string[] = ['run_id', 'run_name', 'status'];
const MAPS: Readonly<Record<string, string>> = { metric: 'm', parameter: 'p', tag: 't' };
/** An expression has at most 300 operators and 4 KB. */
const MAX_CLAUSES = 20;
const MAX_LISTED = 50;

/** @param fields what has to be read of each run; `undefined`: everything */
export function selectionOf(
  conditions: readonly Condition[],
  fields: readonly Field[] | undefined,
): Selection {
  const names = new Map<string, string>();
  const values: Record<string, unknown> = {};
  const named = (name: string): string => {
    const known = names.get(name) ?? `#f${names.size}`;
    names.set(name, known);
    return known;
  };
  const valued = (value: unknown): string => {
    const name = `:f${Object.keys(values).length}`;
    values[name] = value;
    return name;
  };
  const pathsOf = ({ entity, key }: Field): string[] => {
    const map = MAPS[entity];
    if (map !== undefined) return [`${named(map)}.${named(key)}`];
    if (entity === 'dataset') return [named('datasets'), named('inputs')];
    const own = (ATTRIBUTES[key] ?? []).map(named);
    // Clients that name no user say who it is by a tag.
    return key === 'user_id' ? [...own, `${named('t')}.${named('mlflow.user')}`] : own;
  };
  const filter = certainClauses(conditions)
    .slice(0, MAX_CLAUSES)
    .flatMap((clause) => {
      const [path] = MAPS[clause.entity] !== undefined || isPlain(clause) ? pathsOf(clause) : [];
      return path === undefined ? [] : (certain(clause, path, valued) ?? []);
    });
  // Of a metric, its value.
  const read = (field: Field): string[] =>
    field.entity === 'metric' ? pathsOf(field).map((path) => `${path}.${named('v')}`) : pathsOf(field);
  const attributes =
    fields === undefined ? undefined : [...new Set([...ALWAYS.map(named), ...fields.flatMap(read)])];
  return {
    ...(filter.length === 0 ? {} : { filter: filter.join(' AND ') }),
    ...(attributes === undefined ? {} : { attributes }),
    names: Object.fromEntries([...names].map(([name, placeholder]) => [placeholder, name])),
    values,
  };
}

function isPlain({ entity, key }: Field): boolean {
  return entity === 'attribute' && PLAIN.includes(key);
}

/** A condition that holds at least for all that fulfil the clause; none when nothing is sure. */
function certain(
  { entity, comparator, value }: Clause,
  path: string,
  valued: (value: unknown) => string,
): string[] | undefined {
  if (comparator === 'IS NULL') return [`attribute_not_exists(${path})`];
  // Values of metrics are text, whose order is another one.
  if (comparator === 'IS NOT NULL' || entity === 'metric') return [`attribute_exists(${path})`];
  if (comparator === '=') return [`${path} = ${valued(value)}`];
  if (comparator === 'IN' && Array.isArray(value) && value.length <= MAX_LISTED)
    return [`${path} IN (${(value as readonly string[]).map(valued).join(', ')})`];
  const beginning = comparator === 'LIKE' ? (/^[^%_]*/.exec(String(value))?.[0] ?? '') : '';
  return beginning === '' ? [`attribute_exists(${path})`] : [`begins_with(${path}, ${valued(beginning)})`];
}
