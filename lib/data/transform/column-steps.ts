/** Steps that change columns and leave the rows: select, drop, rename, cast, derive, date parts, missing columns. */
import type { Column, ColumnType } from '../../tasks/dataset';
import { quoteName } from '../duckdb';
import { DUCKDB_TYPES } from '../column-type';
import { InvalidDataset } from '../invalid-dataset';
import { compileExpression } from './expressions';
import { checkUnique, columnOf, hiddenOf, type Relation, type StepContext } from './relation';
import type { StepOf } from './step-compiler';

/** The relation with other columns: an expression for each. */
function project(
  relation: Relation,
  columns: readonly (Column & { readonly sql?: string })[],
  { query, place }: StepContext,
): Relation {
  checkUnique(
    columns.map(({ name }) => name),
    place,
  );
  if (columns.length === 0) throw new InvalidDataset(`${place} leaves no column.`);
  const list = columns.map(({ name, sql }) =>
    sql === undefined ? quoteName(name) : `${sql} AS ${quoteName(name)}`,
  );
  return {
    ...relation,
    name: query.add(`SELECT ${list.join(', ')}${hiddenOf(relation)} FROM ${relation.name}`),
    columns: columns.map(({ name, type }) => ({ name, type })),
  };
}

export function select(relation: Relation, step: StepOf<'select'>, context: StepContext): Relation {
  return project(
    relation,
    step.columns.map((name) => columnOf(relation, name, context.place)),
    context,
  );
}

export function drop(relation: Relation, step: StepOf<'drop'>, context: StepContext): Relation {
  const names = step.columns.map((name) => columnOf(relation, name, context.place).name);
  return project(
    relation,
    relation.columns.filter(({ name }) => !names.includes(name)),
    context,
  );
}

export function rename(relation: Relation, step: StepOf<'rename'>, context: StepContext): Relation {
  for (const name of Object.keys(step.columns)) columnOf(relation, name, context.place);
  const columns = relation.columns.map(({ name, type }) => {
    const renamed = step.columns[name];
    return renamed === undefined ? { name, type } : { name: renamed, type, sql: quoteName(name) };
  });
  return project(relation, columns, context);
}

export function cast(relation: Relation, step: StepOf<'cast'>, context: StepContext): Relation {
  for (const name of Object.keys(step.columns)) columnOf(relation, name, context.place);
  const columns = relation.columns.map((column) => {
    const type = step.columns[column.name];
    return type === undefined
      ? column
      : { name: column.name, type, sql: castOf(column, type, step, context) };
  });
  return project(relation, columns, context);
}

function castOf(
  column: Column,
  type: ColumnType,
  step: StepOf<'cast'>,
  { query, place }: StepContext,
): string {
  const c = quoteName(column.name);
  // Which day or instant a number means is for the pipeline to say.
  if (column.type !== 'string' && type !== 'string' && isTime(column.type) !== isTime(type))
    throw new InvalidDataset(
      `${place}: '${column.name}' is a column of ${column.type} values, which cannot become ${type} values. ${isTime(type) ? "Cast it to 'string' before, and read that by a 'format'." : "Take what is meant of it by 'date-parts'."}`,
    );
  const attempt = step.errors === 'missing' ? 'TRY_' : '';
  if (column.type === 'string' && (type === 'date' || type === 'timestamp') && step.format !== undefined)
    return `CAST(${attempt.toLowerCase()}strptime(${c}, ${query.bind(step.format)}) AS ${DUCKDB_TYPES[type]})`;
  // Towards zero, as pandas does; DuckDB alone would round.
  if (column.type === 'number' && type === 'integer') return `${attempt}CAST(trunc(${c}) AS BIGINT)`;
  if (column.type === 'string' && type === 'integer')
    return `${attempt}CAST(trunc(${attempt}CAST(trim(${c}) AS DECIMAL(38, 10))) AS BIGINT)`;
  return `${attempt}CAST(${c} AS ${DUCKDB_TYPES[type]})`;
}

function isTime(type: ColumnType): boolean {
  return type === 'date' || type === 'timestamp';
}

/** Expressions see the columns as they were before the step. */
export function derive(relation: Relation, step: StepOf<'derive'>, context: StepContext): Relation {
  const scope = { relation, query: context.query, place: context.place };
  const made = new Map(
    Object.entries(step.columns).map(([name, expression]) => {
      const { sql, type } = compileExpression(expression, scope);
      const value = `CAST(${sql} AS ${DUCKDB_TYPES[type]})`;
      // What is too large for a number is missing, like what is none.
      return [
        name,
        { name, type, sql: type === 'number' ? `CASE WHEN isfinite(${value}) THEN ${value} END` : value },
      ];
    }),
  );
  const kept = relation.columns.map((column) => made.get(column.name) ?? column);
  const added = [...made.values()].filter(({ name }) => !kept.some((column) => column.name === name));
  return project(relation, [...kept, ...added], context);
}

const PARTS: Readonly<Record<StepOf<'date-parts'>['parts'][number], (t: string) => string>> = {
  year: (t) => `year(${t})`,
  quarter: (t) => `quarter(${t})`,
  month: (t) => `month(${t})`,
  day: (t) => `day(${t})`,
  'day-of-year': (t) => `dayofyear(${t})`,
  // 0 for Monday, as in pandas.
  'day-of-week': (t) => `isodow(${t}) - 1`,
  'is-weekend': (t) => `CASE WHEN isodow(${t}) >= 6 THEN 1 WHEN ${t} IS NOT NULL THEN 0 END`,
  hour: (t) => `hour(${t})`,
  minute: (t) => `minute(${t})`,
  days: (t) => `epoch_us(${t}) / 86400000000.0::DOUBLE`,
};

export function datePartsOf(relation: Relation, step: StepOf<'date-parts'>, context: StepContext): Relation {
  const { name, type } = columnOf(relation, step.column, context.place);
  if (type !== 'date' && type !== 'timestamp' && type !== 'string')
    throw new InvalidDataset(
      `${context.place}: '${name}' is a column of ${type} values, not of dates. Cast it before.`,
    );
  const time = `CAST(${quoteName(name)} AS TIMESTAMP)`;
  const parts = step.parts.map((part) => {
    const partType: ColumnType = part === 'days' ? 'number' : 'integer';
    return {
      name: `${name}_${part}`,
      type: partType,
      sql: `CAST(${PARTS[part](time)} AS ${DUCKDB_TYPES[partType]})`,
    };
  });
  return project(relation, [...relation.columns, ...parts], context);
}

/** Which columns stay is seen in the data. */
export async function dropMissingColumns(
  relation: Relation,
  step: StepOf<'drop-missing-columns'>,
  context: StepContext,
): Promise<Relation> {
  const candidates = step.columns ?? relation.columns.map(({ name }) => name);
  for (const name of candidates) columnOf(relation, name, context.place);
  const counts = candidates.map((name, i) => `count(${quoteName(name)}) AS c${i}`).join(', ');
  const [answer = {}] = await context.ask(`SELECT count(*) AS n, ${counts} FROM ${relation.name}`);
  const rows = Number(answer['n']);
  const dropped = candidates.filter((_, i) => {
    const missing = rows - Number(answer[`c${i}`]);
    if (step.maxMissing !== undefined) return rows > 0 && missing / rows > step.maxMissing;
    return step.how === 'any' ? missing > 0 : rows > 0 && missing === rows;
  });
  return project(
    relation,
    relation.columns.filter(({ name }) => !dropped.includes(name)),
    context,
  );
}
