/** Steps that make other rows of the rows: aggregate, pivot, unpivot. */
import type { Column } from '../../tasks/dataset';
import { DUCKDB_TYPES } from '../column-type';
import { quoteName, quoteText } from '../duckdb';
import { InvalidDataset } from '../invalid-dataset';
import { compileAggregation } from './aggregations';
import { comparable } from './expressions';
import { checkUnique, columnOf, hiddenOf, listOf, type Relation, type StepContext } from './relation';
import type { StepOf } from './step-compiler';

interface Made extends Column {
  readonly sql: string;
}

/** One row for each set of values of the columns `by`, in their order. */
function grouped(
  relation: Relation,
  by: readonly Column[],
  made: readonly Made[],
  { query, place }: StepContext,
): Relation {
  const columns = [...by, ...made];
  checkUnique(
    columns.map(({ name }) => name),
    place,
  );
  const keys = by.map(({ name }) => ({ name, hidden: query.hiddenName() }));
  const list = [
    ...by.map(({ name }) => quoteName(name)),
    ...made.map(({ name, type, sql }) => `CAST(${sql} AS ${DUCKDB_TYPES[type]}) AS ${quoteName(name)}`),
    ...keys.map(({ name, hidden }) => `${quoteName(name)} AS ${quoteName(hidden)}`),
  ];
  const groups = by.length === 0 ? '' : ` GROUP BY ${listOf(by.map(({ name }) => name))}`;
  return {
    name: query.add(`SELECT ${list.join(', ')} FROM ${relation.name}${groups}`),
    columns: columns.map(({ name, type }) => ({ name, type })),
    order: keys.map(({ hidden }) => ({ name: hidden, descending: false, missing: 'last' })),
    mixed: by.length > 0,
  };
}

export function aggregate(relation: Relation, step: StepOf<'aggregate'>, context: StepContext): Relation {
  const scope = { relation, place: context.place };
  const by = step.by.map((name) => columnOf(relation, name, context.place));
  const made = Object.entries(step.columns).map(([name, aggregation]) => ({
    name,
    ...compileAggregation(aggregation, scope),
  }));
  if (made.length + by.length === 0) throw new InvalidDataset(`${context.place} makes no column.`);
  return grouped(relation, by, made, context);
}

const MAX_PIVOT_COLUMNS = 1000;

export async function pivot(
  relation: Relation,
  step: StepOf<'pivot'>,
  context: StepContext,
): Promise<Relation> {
  const { query, place } = context;
  const index = step.index.map((name) => columnOf(relation, name, place));
  const names = `CAST(${quoteName(columnOf(relation, step.names, place).name)} AS VARCHAR)`;
  const compile = (where?: string) =>
    compileAggregation({ fn: step.fn, of: step.values }, { relation, place, where });
  // Says what is wrong before any row is read.
  compile();
  const values = step.columns ?? (await distinctTexts(relation, step.names, names, context));
  if (step.prefix === '' && values.includes(''))
    throw new InvalidDataset(
      `${place}: an empty text is among the values of '${step.names}', and a column needs a name. Give a 'prefix', or name the values you want in 'columns'.`,
    );
  const made = values.map((value): Made => ({
    name: `${step.prefix}${value}`,
    ...compile(`${names} = ${query.bind(value)}`),
  }));
  return grouped(relation, index, made, context);
}

async function distinctTexts(
  relation: Relation,
  column: string,
  text: string,
  { ask, place }: StepContext,
): Promise<string[]> {
  const c = quoteName(column);
  const rows = await ask(
    `SELECT ${text} AS v FROM ${relation.name} WHERE ${c} IS NOT NULL GROUP BY ${c}, v ORDER BY ${c} LIMIT ${MAX_PIVOT_COLUMNS + 1}`,
  );
  if (rows.length > MAX_PIVOT_COLUMNS)
    throw new InvalidDataset(
      `${place}: '${column}' has more than ${MAX_PIVOT_COLUMNS} values, each of which would be a column. Name the ones you want in 'columns'.`,
    );
  return rows.map((row) => String(row['v']));
}

/** Every row once for each of the columns; all rows of the first column come first, as in pandas' melt. */
export function unpivot(relation: Relation, step: StepOf<'unpivot'>, context: StepContext): Relation {
  const { query, place } = context;
  const melted = step.columns.map((name) => columnOf(relation, name, place));
  const first = melted[0];
  const unlike = melted.find(({ type }) => first !== undefined && !comparable(type, first.type));
  if (first === undefined || unlike !== undefined)
    throw new InvalidDataset(
      `${place}: '${first?.name}' (${first?.type}) and '${unlike?.name}' (${unlike?.type}) cannot be one column. Cast one of them before.`,
    );
  const type = (melted.find((column) => column.type === 'number' || column.type === 'timestamp') ?? first)
    .type;
  const kept = relation.columns.filter(({ name }) => !step.columns.includes(name));
  const columns: Column[] = [...kept, { name: step.names, type: 'string' }, { name: step.values, type }];
  checkUnique(
    columns.map(({ name }) => name),
    place,
  );
  const at = query.hiddenName();
  const list = [
    ...kept.map(({ name }) => quoteName(name)),
    `unnest([${melted.map(({ name }) => quoteText(name)).join(', ')}]) AS ${quoteName(step.names)}`,
    `unnest([${melted.map(({ name }) => `CAST(${quoteName(name)} AS ${DUCKDB_TYPES[type]})`).join(', ')}]) AS ${quoteName(step.values)}`,
    `unnest([${melted.map((_, i) => i).join(', ')}]) AS ${quoteName(at)}`,
  ];
  return {
    name: query.add(`SELECT ${list.join(', ')}${hiddenOf(relation)} FROM ${relation.name}`),
    columns,
    order: [{ name: at, descending: false, missing: 'last' }, ...relation.order],
    mixed: true,
  };
}
