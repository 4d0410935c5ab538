/** Columns that look at the rows before and after: lags, ranks, running and rolling figures. pandas' definitions. */
import type { Column } from '../../tasks/dataset';
import type { WindowColumn } from '../../tasks/transform-step';
import { DUCKDB_TYPES } from '../column-type';
import { quoteName } from '../duckdb';
import { InvalidDataset } from '../invalid-dataset';
import { finite, measured } from './aggregations';
import { constant, type Compiled } from './expressions';
import {
  checkUnique,
  columnOf,
  keysOf,
  leanWith,
  listOf,
  numericColumn,
  orderTerms,
  sortedBy,
  type Relation,
  type StepContext,
} from './relation';
import type { StepOf } from './step-compiler';

export function windowStep(relation: Relation, step: StepOf<'window'>, context: StepContext): Relation {
  const { query, place } = context;
  const made = Object.entries(step.columns).map(([name, column]) => ({
    name,
    ...compile(column, relation, step, context),
  }));
  const columns: Column[] = [...relation.columns, ...made.map(({ name, type }) => ({ name, type }))];
  checkUnique(
    columns.map(({ name }) => name),
    place,
  );
  const list = made
    .map(({ name, type, sql }) => `CAST(${sql} AS ${DUCKDB_TYPES[type]}) AS ${quoteName(name)}`)
    .join(', ');
  const apart = apartFrom(relation, step);
  if (apart === undefined)
    return { ...relation, name: query.add(`SELECT *, ${list} FROM ${relation.name}`), columns, mixed: true };
  const row = quoteName(query.hiddenName());
  const figures = query.add(`SELECT ${apart.row} AS ${row}, ${list} FROM ${apart.lean}`);
  const names = made.map(({ name }) => `r.${quoteName(name)}`).join(', ');
  return {
    ...relation,
    name: query.add(
      `SELECT l.*, ${names} FROM ${relation.name} AS l JOIN ${figures} AS r ON l.${apart.row} = r.${row}`,
    ),
    columns,
    mixed: true,
  };
}

/** With so many columns more it takes longer to sort them all into the window than to bring the figures back to their rows. */
const CARRIED = 8;

/** Where the figures can be computed apart from the other columns: the relation, and the number of its rows. */
function apartFrom(
  relation: Relation,
  { by, orderBy, columns }: StepOf<'window'>,
): { readonly lean: string; readonly row: string } | undefined {
  const keys = orderBy.map((key) => (typeof key === 'string' ? key : key.column));
  const of = Object.values(columns).flatMap((column) => ('of' in column ? [column.of] : []));
  const used = new Set([...by, ...keys, ...of]);
  const [row, ...more] = relation.order;
  const lean = leanWith(relation, [...used]);
  if (row === undefined || more.length > 0 || lean === undefined) return undefined;
  if (relation.columns.length - used.size < CARRIED) return undefined;
  return { lean: lean.name, row: quoteName(row.name) };
}

const AGGREGATES = {
  sum: 'sum',
  mean: 'avg',
  median: 'median',
  min: 'min',
  max: 'max',
  stdev: 'stddev_samp',
  count: 'count',
} as const;

function compile(
  column: WindowColumn,
  relation: Relation,
  step: StepOf<'window'>,
  context: StepContext,
): Compiled {
  const { query, place } = context;
  const by = step.by.map((name) => columnOf(relation, name, place).name);
  const partition = by.length === 0 ? '' : `PARTITION BY ${listOf(by)} `;
  const ordered = `${partition}ORDER BY ${orderTerms(sortedBy(relation, step.orderBy, place))}`;
  switch (column.fn) {
    case 'row-number':
      return { sql: `row_number() OVER (${ordered})`, type: 'integer' };
    case 'rank':
    case 'dense-rank': {
      // By the keys alone: rows that are equal in them share a rank.
      const keys = keysOf(relation, step.orderBy, place);
      if (keys.length === 0) throw new InvalidDataset(`${place}: '${column.fn}' needs 'orderBy'.`);
      return {
        sql: `${column.fn.replace('-', '_')}() OVER (${partition}ORDER BY ${orderTerms(keys)})`,
        type: 'integer',
      };
    }
    case 'lag':
    case 'lead': {
      const of = columnOf(relation, column.of, place);
      const otherwise =
        column.default === undefined ? '' : `, ${constant(column.default, of, { query, place })}`;
      return {
        sql: `${column.fn}(${quoteName(of.name)}, ${column.offset}${otherwise}) OVER (${ordered})`,
        type: of.type,
      };
    }
    case 'difference':
    case 'percent-change': {
      const of = numericColumn(relation, column.of, place);
      const before = `lag(${quoteName(of.name)}, ${column.offset}) OVER (${ordered})`;
      if (column.fn === 'difference') {
        const sql = `${quoteName(of.name)} - ${before}`;
        return { sql: of.type === 'integer' ? sql : finite(sql), type: of.type };
      }
      const sql = `${quoteName(of.name)} / nullif(CAST(${before} AS DOUBLE), 0) - 1`;
      return { sql: finite(sql), type: 'number' };
    }
    case 'cumulative': {
      const of = numericColumn(relation, column.of, place);
      const sql = figure(
        column.measure,
        of,
        `OVER (${ordered} ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)`,
      );
      return {
        sql: `CASE WHEN ${quoteName(of.name)} IS NOT NULL THEN ${sql} END`,
        type: typeOf(column.measure, of),
      };
    }
    case 'rolling': {
      const of = numericColumn(relation, column.of, place);
      const { rows, behind, minRows = rows } = column;
      if (minRows > rows)
        throw new InvalidDataset(`${place}: 'minRows' ${minRows} is more than the window's ${rows} rows.`);
      const end = behind === 0 ? 'CURRENT ROW' : `${behind} PRECEDING`;
      const frame = `(${ordered} ROWS BETWEEN ${behind + rows - 1} PRECEDING AND ${end})`;
      // Where no value is missing, the number of the row says how many rows are in the window.
      const enough =
        relation.complete?.has(of.name) === true
          ? `row_number() OVER (${ordered}) >= ${minRows + behind}`
          : `count(${quoteName(of.name)}) OVER ${frame} >= ${minRows}`;
      return {
        sql: `CASE WHEN ${enough} THEN ${figure(column.measure, of, `OVER ${frame}`)} END`,
        type: typeOf(column.measure, of),
      };
    }
  }
}

type Measure = keyof typeof AGGREGATES;

function figure(measure: Measure, of: Column, over: string): string {
  const fn = AGGREGATES[measure];
  return fn === 'min' || fn === 'max' || fn === 'count'
    ? `${fn}(${quoteName(of.name)}) ${over}`
    : measured(fn, of, { over: ` ${over}` });
}

function typeOf(measure: Measure, of: Column): Column['type'] {
  if (measure === 'count') return 'integer';
  return measure === 'sum' || measure === 'min' || measure === 'max' ? of.type : 'number';
}
