/** Steps that bring in another input: join and union. */
import type { Column } from '../../tasks/dataset';
import { DUCKDB_TYPES } from '../column-type';
import { quoteName } from '../duckdb';
import { InvalidDataset } from '../invalid-dataset';
import { comparable } from './expressions';
import { checkUnique, columnOf, listOf, orderTerms, type Relation, type StepContext } from './relation';
import type { StepOf } from './step-compiler';

const JOINS = {
  inner: 'INNER',
  left: 'LEFT',
  right: 'RIGHT',
  full: 'FULL',
  semi: 'SEMI',
  anti: 'ANTI',
} as const;

/** Rows stay in the order of the left side, then of the right one. */
export async function join(
  relation: Relation,
  step: StepOf<'join'>,
  context: StepContext,
): Promise<Relation> {
  const { query, place } = context;
  const other = context.input(step.with);
  const keys = step.on.map((key) => {
    const { left, right } = typeof key === 'string' ? { left: key, right: key } : key;
    const a = columnOf(relation, left, place);
    const b = columnOf(other, right, `${place}, input '${step.with}'`);
    if (!comparable(a.type, b.type))
      throw new InvalidDataset(
        `${place}: '${a.name}' (${a.type}) cannot be matched with '${b.name}' (${b.type}) of '${step.with}'. Cast one of them before.`,
      );
    return { left: a, right: b };
  });
  const matched = keys
    .map(({ left, right }) => `l.${quoteName(left.name)} = r.${quoteName(right.name)}`)
    .join(' AND ');
  const right = step.single
    ? single(
        other,
        keys.map((key) => key.right),
        context,
        step.with,
      )
    : other.name;
  const from = `${relation.name} AS l ${JOINS[step.how]} JOIN ${right} AS r ON ${matched}`;
  if (step.how === 'semi' || step.how === 'anti')
    return { ...relation, name: query.add(`SELECT l.* FROM ${from}`), mixed: true, lean: undefined };
  const rightSide = step.how === 'right' || step.how === 'full';
  const keyOf = (name: string) => keys.find((key) => key.left.name === name)?.right;
  const ours = relation.columns.map((column) => {
    const c = quoteName(column.name);
    const key = keyOf(column.name);
    return {
      ...column,
      sql: rightSide && key !== undefined ? `coalesce(l.${c}, r.${quoteName(key.name)})` : `l.${c}`,
    };
  });
  const taken = new Set(ours.map(({ name }) => name));
  // A key by the same name is one column; one by another name would say the same twice.
  const theirs = other.columns
    .filter(({ name }) => !keys.some((key) => key.right.name === name))
    .map((column) => ({
      ...column,
      name:
        taken.has(column.name) && step.suffix !== undefined ? `${column.name}${step.suffix}` : column.name,
      sql: `r.${quoteName(column.name)}`,
    }));
  const clash = theirs.find(({ name }) => taken.has(name));
  if (clash !== undefined)
    throw new InvalidDataset(
      `${place}: both sides have a column '${clash.name}'. Give a suffix, or rename or drop one of them.`,
    );
  const columns = [...ours, ...theirs];
  checkUnique(
    columns.map(({ name }) => name),
    place,
  );
  // What a row finds needs no order when it is one row at most: less to sort by.
  const once =
    !rightSide &&
    (step.single ||
      (await isSmallAndUnique(
        other,
        keys.map((key) => key.right),
        context,
      )));
  const theirOrder = once ? [] : other.order.map((one) => ({ ...one, hidden: query.hiddenName() }));
  const hidden = [
    ...relation.order.map(({ name }) => `l.${quoteName(name)}`),
    ...theirOrder.map(({ name, hidden }) => `r.${quoteName(name)} AS ${quoteName(hidden)}`),
  ];
  const list = [...columns.map(({ name, sql }) => `${sql} AS ${quoteName(name)}`), ...hidden].join(', ');
  return {
    name: query.add(`SELECT ${list} FROM ${from}`),
    columns: columns.map(({ name, type }) => ({ name, type })),
    order: [...relation.order, ...theirOrder.map(({ hidden, ...one }) => ({ ...one, name: hidden }))],
    mixed: true,
    ...(step.how === 'left' ? { complete: relation.complete, lean: once ? relation.lean : undefined } : {}),
  };
}

/** Rows among which it is looked for keys that occur twice. */
const SMALL = 100_000;

/** Whether no key occurs twice; `false` too where it would take long to say. */
async function isSmallAndUnique(
  other: Relation,
  keys: readonly Column[],
  { ask }: StepContext,
): Promise<boolean> {
  const [size] = await ask(`SELECT count(*) AS n FROM ${other.name}`);
  if (Number(size?.['n']) > SMALL) return false;
  const present = keys.map(({ name }) => `${quoteName(name)} IS NOT NULL`).join(' AND ');
  const names = listOf(keys.map(({ name }) => name));
  const [twice] = await ask(
    `SELECT count(*) AS n FROM (SELECT 1 FROM ${other.name} WHERE ${present} GROUP BY ${names} HAVING count(*) > 1)`,
  );
  return Number(twice?.['n']) === 0;
}

/** The other side, which fails the query when a key occurs in it twice. */
function single(
  other: Relation,
  keys: readonly Column[],
  { query, place }: StepContext,
  input: string,
): string {
  const names = listOf(keys.map(({ name }) => name));
  const message = query.bind(
    `${place}: rows of '${input}' have the same ${keys.map(({ name }) => `'${name}'`).join(', ')}.`,
  );
  const present = keys.map(({ name }) => `${quoteName(name)} IS NOT NULL`).join(' AND ');
  return query.add(
    `SELECT * FROM ${other.name} WHERE NOT (${present}) OR CASE WHEN (SELECT count(*) FROM (SELECT 1 FROM ${other.name} WHERE ${present} GROUP BY ${names} HAVING count(*) > 1)) > 0 THEN error(${message}) ELSE true END`,
  );
}

/** The rows of one input after the other, columns matched by name. */
export function union(relation: Relation, step: StepOf<'union'>, context: StepContext): Relation {
  const { query, place } = context;
  const sides = [relation, ...step.with.map((name) => context.input(name))];
  const names = [...new Set(sides.flatMap((side) => side.columns.map(({ name }) => name)))];
  const columns = names.map((name): Column => {
    const found = sides.map((side) => side.columns.find((column) => column.name === name));
    const lacking = found.indexOf(undefined);
    if (lacking >= 0 && step.absent === 'fail')
      throw new InvalidDataset(
        `${place}: ${lacking === 0 ? 'the steps before give' : `'${step.with[lacking - 1]}' has`} no column '${name}'. Rename one, or say absent: 'missing'.`,
      );
    const present = found.filter((column) => column !== undefined);
    const first = present[0] ?? { name, type: 'string' };
    const unlike = present.find(({ type }) => !comparable(type, first.type));
    if (unlike !== undefined)
      throw new InvalidDataset(
        `${place}: '${name}' is of type ${first.type} here and of type ${unlike.type} there. Cast one of them before.`,
      );
    return present.find(({ type }) => type === 'number' || type === 'timestamp') ?? first;
  });
  const part = query.hiddenName();
  const row = query.hiddenName();
  const selects = sides.map((side, i) => {
    const list = columns.map(({ name, type }) => {
      const value = side.columns.some((column) => column.name === name) ? quoteName(name) : 'NULL';
      return `CAST(${value} AS ${DUCKDB_TYPES[type]}) AS ${quoteName(name)}`;
    });
    return `SELECT ${list.join(', ')}, ${i} AS ${quoteName(part)}, ${rowOf(side)} AS ${quoteName(row)} FROM ${side.name}`;
  });
  return {
    name: query.add(selects.join(' UNION ALL ')),
    columns,
    order: [part, row].map((name) => ({ name, descending: false, missing: 'last' })),
    mixed: true,
  };
}

/** One number for the place of a row: the reader's where it is still the order, else counted. */
function rowOf({ order, mixed }: Relation): string {
  const [only] = order;
  if (!mixed && order.length === 1 && only !== undefined && !only.descending) return quoteName(only.name);
  return `row_number() OVER (ORDER BY ${orderTerms(order)})`;
}
