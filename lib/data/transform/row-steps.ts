/** Steps that leave columns and choose or order rows: filter, missing rows, sort, head, sample, deduplicate. */
import { quoteName } from '../duckdb';
import { compileCondition } from './expressions';
import {
  columnOf,
  hiddenOf,
  keysOf,
  listOf,
  orderTerms,
  reversed,
  sortedBy,
  type Relation,
  type StepContext,
} from './relation';
import type { StepOf } from './step-compiler';

function where(relation: Relation, condition: string, { query }: StepContext): Relation {
  return { ...relation, name: query.add(`SELECT * FROM ${relation.name} WHERE ${condition}`) };
}

export function filter(relation: Relation, step: StepOf<'filter'>, context: StepContext): Relation {
  const scope = { relation, query: context.query, place: context.place };
  return where(relation, compileCondition(step.where, scope), context);
}

export function dropMissingRows(
  relation: Relation,
  step: StepOf<'drop-missing-rows'>,
  context: StepContext,
): Relation {
  const columns = (step.columns ?? relation.columns.map(({ name }) => name)).map((name) =>
    columnOf(relation, name, context.place),
  );
  const present = columns.map(({ name }) => `CAST(${quoteName(name)} IS NOT NULL AS INTEGER)`).join(' + ');
  const needed = step.atLeast ?? (step.how === 'any' ? columns.length : 1);
  return where(relation, `${present} >= ${needed}`, context);
}

/** Keys are kept beside the rows, which are sorted at the end. */
export function sort(relation: Relation, step: StepOf<'sort'>, { query, place }: StepContext): Relation {
  const keys = keysOf(relation, step.by, place).map((key) => ({ ...key, hidden: query.hiddenName() }));
  const copies = keys.map(({ name, hidden }) => `${quoteName(name)} AS ${quoteName(hidden)}`).join(', ');
  return {
    ...relation,
    name: query.add(`SELECT *, ${copies} FROM ${relation.name}`),
    order: [...keys.map(({ hidden, ...key }) => ({ ...key, name: hidden })), ...relation.order],
    mixed: true,
  };
}

export function head(relation: Relation, step: StepOf<'head'>, { query }: StepContext): Relation {
  const sorted = relation.mixed ? ` ORDER BY ${orderTerms(relation.order)}` : '';
  return { ...relation, name: query.add(`SELECT * FROM ${relation.name}${sorted} LIMIT ${step.rows}`) };
}

/** Rows with the least hashes of their place and the seed: MD5, so that every machine draws the same ones. */
export function sample(relation: Relation, step: StepOf<'sample'>, { query }: StepContext): Relation {
  const place = query.hiddenName();
  const drawn = query.hiddenName();
  const total = query.hiddenName();
  const columns = `${listOf(relation.columns.map(({ name }) => name))}${hiddenOf(relation)}`;
  const placed = query.add(
    `SELECT *, row_number() OVER (ORDER BY ${orderTerms(relation.order)}) AS ${quoteName(place)} FROM ${relation.name}`,
  );
  const hash = `md5_number_lower(concat_ws(':', ${query.bind(step.seed)}, ${quoteName(place)}))`;
  const ranked = query.add(
    `SELECT *, row_number() OVER (ORDER BY ${hash}, ${quoteName(place)}) AS ${quoteName(drawn)}, count(*) OVER () AS ${quoteName(total)} FROM ${placed}`,
  );
  const wanted =
    step.rows === undefined
      ? `round(${query.bind(step.share ?? 1)} * ${quoteName(total)})`
      : query.bind(step.rows);
  return {
    ...relation,
    name: query.add(`SELECT ${columns} FROM ${ranked} WHERE ${quoteName(drawn)} <= ${wanted}`),
    mixed: true,
  };
}

export function deduplicate(
  relation: Relation,
  step: StepOf<'deduplicate'>,
  { query, place }: StepContext,
): Relation {
  const by = (step.by ?? relation.columns.map(({ name }) => name)).map(
    (name) => columnOf(relation, name, place).name,
  );
  const order = sortedBy(relation, step.orderBy, place);
  const first = orderTerms(step.keep === 'first' ? order : reversed(order));
  return {
    ...relation,
    name: query.add(
      `SELECT * FROM ${relation.name} QUALIFY row_number() OVER (PARTITION BY ${listOf(by)} ORDER BY ${first}) = 1`,
    ),
    mixed: true,
  };
}
