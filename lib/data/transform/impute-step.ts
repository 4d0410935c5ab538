/** Missing values filled in: by a figure of the column, by a constant, by the neighbour before or after. */
import type { Column } from '../../tasks/dataset';
import { DUCKDB_TYPES } from '../column-type';
import { quoteName } from '../duckdb';
import { InvalidDataset } from '../invalid-dataset';
import { constant } from './expressions';
import { figuresOf } from './figures-ahead';
import {
  columnOf,
  hiddenOf,
  listOf,
  orderTerms,
  reversed,
  sortedBy,
  type Relation,
  type StepContext,
} from './relation';
import type { StepOf } from './step-compiler';

type Impute = StepOf<'impute'>;

export function impute(relation: Relation, step: Impute, context: StepContext): Relation {
  const { place } = context;
  const twice = step.columns.find((name, i) => step.columns.indexOf(name) !== i || step.by.includes(name));
  if (twice !== undefined) throw new InvalidDataset(`${place}: '${twice}' is named twice.`);
  if ((step.value === undefined) === (step.strategy === 'constant'))
    throw new InvalidDataset(`${place}: a 'value' goes with the strategy 'constant', and only with it.`);
  const columns = step.columns.map((name) => columnOf(relation, name, place));
  for (const name of step.by) columnOf(relation, name, place);
  if (step.strategy === 'constant')
    return filled(
      relation,
      relation.name,
      columns.map((column) => fits(column, step.value)),
      false,
      context,
      (column) => constant(step.value ?? '', column, context),
    );
  if (step.strategy === 'forward-fill' || step.strategy === 'backward-fill')
    return fill(relation, columns, step, context);
  return step.by.length === 0
    ? byFigureOfAll(relation, columns, step, context)
    : byFigureOfGroups(relation, columns, step, context);
}

/** A column of whole numbers that gets a fraction, or more than it can hold, becomes one of numbers. */
function fits(column: Column, value: Impute['value']): Column {
  return column.type === 'integer' && typeof value === 'number' && !Number.isSafeInteger(value)
    ? { ...column, type: 'number' }
    : column;
}

function fill(relation: Relation, columns: readonly Column[], step: Impute, context: StepContext): Relation {
  const order = sortedBy(relation, step.orderBy, context.place);
  const partition = step.by.length === 0 ? '' : `PARTITION BY ${listOf(step.by)} `;
  const along = orderTerms(step.strategy === 'forward-fill' ? order : reversed(order));
  return filled(
    relation,
    relation.name,
    columns,
    true,
    context,
    ({ name }) =>
      `last_value(${quoteName(name)} IGNORE NULLS) OVER (${partition}ORDER BY ${along} ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)`,
  );
}

/** Figures of whole columns are asked for before, and bound: the statement then need not hold its rows to go over them twice. */
function byFigureOfAll(
  relation: Relation,
  columns: readonly Column[],
  step: Impute,
  context: StepContext,
): Relation {
  const typed = figuresOf(relation, columns, step, context.place).map(({ column, type }) => ({
    name: column.name,
    type,
  }));
  const valueOf = (name: string) => context.figures?.get(name);
  const filledUp = typed.filter(({ name }) => typeof valueOf(name) === 'string').map(({ name }) => name);
  return {
    ...filled(relation, relation.name, typed, false, context, ({ name, type }) => {
      const value = valueOf(name);
      return typeof value === 'string'
        ? `CAST(${context.query.bind(value)} AS ${DUCKDB_TYPES[type]})`
        : 'NULL';
    }),
    complete: new Set([...(relation.complete ?? []), ...filledUp]),
  };
}

/** The figures come from a query of their own over the same rows, one row for each group. */
function byFigureOfGroups(
  relation: Relation,
  columns: readonly Column[],
  step: Impute,
  context: StepContext,
): Relation {
  const { query } = context;
  const figures = figuresOf(relation, columns, step, context.place);
  const hidden = new Map(figures.map(({ column }) => [column.name, query.hiddenName()]));
  const keys = step.by.map((name) => ({ name, hidden: query.hiddenName() }));
  const stats = query.add(
    `SELECT ${[
      ...keys.map(({ name, hidden: key }) => `${quoteName(name)} AS ${quoteName(key)}`),
      ...figures.map(({ column, sql }) => `${sql} AS ${quoteName(hidden.get(column.name) ?? '')}`),
    ].join(', ')} FROM ${relation.name} GROUP BY ${listOf(step.by)}`,
  );
  const matched = keys
    .map(({ name, hidden: key }) => `${quoteName(name)} IS NOT DISTINCT FROM ${quoteName(key)}`)
    .join(' AND ');
  const from = `${relation.name} LEFT JOIN ${stats} ON ${matched}`;
  const typed = figures.map(({ column, type }) => ({ name: column.name, type }));
  return filled(relation, from, typed, true, context, ({ name }) => quoteName(hidden.get(name) ?? ''));
}

/** @param columns with the types they get */
function filled(
  relation: Relation,
  from: string,
  columns: readonly Column[],
  mixes: boolean,
  { query }: StepContext,
  value: (column: Column) => string,
): Relation {
  const values = new Map(columns.map((column) => [column.name, { column, sql: value(column) }]));
  const add = (names: readonly string[], source: string, how?: 'again') => {
    const list = names.map((name) => {
      const one = values.get(name);
      const c = quoteName(name);
      return one === undefined
        ? c
        : `CAST(coalesce(${c}, ${one.sql}) AS ${DUCKDB_TYPES[one.column.type]}) AS ${c}`;
    });
    return query.add(`SELECT ${list.join(', ')}${hiddenOf(relation)} FROM ${source}`, how);
  };
  const names = relation.columns.map(({ name }) => name);
  const lean = mixes ? undefined : relation.lean;
  const isLean = lean?.name === relation.name;
  const name = add(names, from, isLean ? 'again' : undefined);
  return {
    ...relation,
    name,
    columns: relation.columns.map((column) => values.get(column.name)?.column ?? column),
    mixed: relation.mixed || mixes,
    lean: lean && {
      ...lean,
      name: isLean
        ? name
        : add(
            names.filter((one) => lean.columns.has(one)),
            lean.name,
            'again',
          ),
    },
  };
}
