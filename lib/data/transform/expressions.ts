/** Conditions and expressions to SQL, with what type they give. */
import type { Column, ColumnType } from '../../tasks/dataset';
import type { Condition, Expression, Operator, Scalar } from '../../tasks/transform-step';
import { quoteName } from '../duckdb';
import { InvalidDataset } from '../invalid-dataset';
import { columnOf, isNumeric, type QueryBuilder, type Relation } from './relation';

export interface Compiled {
  readonly sql: string;
  readonly type: ColumnType;
}

interface Scope {
  readonly relation: Relation;
  readonly query: QueryBuilder;
  readonly place: string;
}

/** @throws InvalidDataset for columns that are not there and values of another kind */
export function compileCondition(condition: Condition, scope: Scope): string {
  if ('all' in condition) return joined(condition.all, ' AND ', scope);
  if ('any' in condition) return joined(condition.any, ' OR ', scope);
  if ('not' in condition) return `NOT coalesce(${compileCondition(condition.not, scope)}, false)`;
  const { relation, query, place } = scope;
  const column = columnOf(relation, condition.column, place);
  const c = quoteName(column.name);
  if ('other' in condition) {
    const other = columnOf(relation, condition.other, place);
    if (!comparable(column.type, other.type))
      throw new InvalidDataset(
        `${place}: '${column.name}' (${column.type}) cannot be compared with '${other.name}' (${other.type}). Cast one of them before.`,
      );
    return `${c} ${condition.op} ${quoteName(other.name)}`;
  }
  if ('values' in condition) {
    const values = condition.values.map((value) => constant(value, column, scope)).join(', ');
    return `${c} ${condition.op === 'in' ? 'IN' : 'NOT IN'} (${values})`;
  }
  if ('min' in condition)
    return `${c} BETWEEN ${constant(condition.min, column, scope)} AND ${constant(condition.max, column, scope)}`;
  if (!('value' in condition)) return `${c} IS ${condition.op === 'is-missing' ? '' : 'NOT '}NULL`;
  switch (condition.op) {
    case 'contains':
      return `contains(${text(column, scope)}, ${query.bind(condition.value)})`;
    case 'starts-with':
      return `starts_with(${text(column, scope)}, ${query.bind(condition.value)})`;
    case 'ends-with':
      return `ends_with(${text(column, scope)}, ${query.bind(condition.value)})`;
    case 'matches':
      return `regexp_matches(${text(column, scope)}, ${query.bind(condition.value)})`;
    default:
      return `${c} ${condition.op} ${constant(condition.value, column, scope)}`;
  }
}

function joined(conditions: readonly Condition[], by: string, scope: Scope): string {
  return `(${conditions.map((one) => `(${compileCondition(one, scope)})`).join(by)})`;
}

export function comparable(a: ColumnType, b: ColumnType): boolean {
  const kind = (type: ColumnType) => (type === 'integer' ? 'number' : type === 'date' ? 'timestamp' : type);
  return kind(a) === kind(b);
}

/** A value that a column is compared with or filled by. @throws InvalidDataset when it is of another kind */
export function constant(value: Scalar, column: Column, { query, place }: Omit<Scope, 'relation'>): string {
  const expected = isNumeric(column) ? 'number' : column.type === 'boolean' ? 'boolean' : 'string';
  if (typeof value !== expected)
    throw new InvalidDataset(
      `${place}: '${column.name}' is a column of ${column.type} values, and ${JSON.stringify(value)} is none.`,
    );
  const bound = query.bind(value);
  if (column.type === 'date') return `CAST(${bound} AS DATE)`;
  return column.type === 'timestamp' ? `CAST(${bound} AS TIMESTAMP)` : bound;
}

function text(column: Column, { place }: Scope): string {
  if (column.type === 'string') return quoteName(column.name);
  throw new InvalidDataset(
    `${place}: '${column.name}' is a column of ${column.type} values, not of texts. Cast it before.`,
  );
}

/** How many operands an operator takes, of which kind, and what it gives. */
interface Rule {
  readonly operands: readonly [number, number];
  readonly takes: 'numbers' | 'texts' | 'dates' | 'same';
  readonly sql: (of: readonly string[]) => string;
  readonly gives: 'integer' | 'number' | 'string' | 'operands';
}

const MANY = Number.POSITIVE_INFINITY;
const number = (x: string | undefined) => `CAST(${x} AS DOUBLE)`;
const infix = (sign: string): Rule => ({
  operands: [2, MANY],
  takes: 'numbers',
  sql: (of) => `(${of.join(` ${sign} `)})`,
  gives: 'operands',
});
const call = (
  name: string,
  takes: Rule['takes'],
  gives: Rule['gives'],
  operands: Rule['operands'] = [1, 1],
): Rule => ({
  operands,
  takes,
  sql: (of) => `${name}(${of.join(', ')})`,
  gives,
});

const RULES: Readonly<Record<Operator, Rule>> = {
  '+': infix('+'),
  '-': {
    ...infix('-'),
    operands: [1, MANY],
    sql: (of) => (of.length === 1 ? `(-${of[0]})` : `(${of.join(' - ')})`),
  },
  '*': infix('*'),
  '/': {
    operands: [2, 2],
    takes: 'numbers',
    sql: ([a, b]) => `(${number(a)} / nullif(${number(b)}, 0))`,
    gives: 'number',
  },
  '%': { operands: [2, 2], takes: 'numbers', sql: ([a, b]) => `(${a} % nullif(${b}, 0))`, gives: 'operands' },
  power: call('pow', 'numbers', 'number', [2, 2]),
  abs: call('abs', 'numbers', 'operands'),
  // Halves to even, as numpy and pandas. The second operand: digits behind the point.
  round: {
    operands: [1, 2],
    takes: 'numbers',
    sql: ([a, digits]) =>
      `round_even(${number(a)}, ${digits === undefined ? '0' : `CAST(${digits} AS INTEGER)`})`,
    gives: 'number',
  },
  floor: call('floor', 'numbers', 'number'),
  ceil: call('ceil', 'numbers', 'number'),
  sqrt: {
    operands: [1, 1],
    takes: 'numbers',
    sql: ([a]) => `CASE WHEN ${a} >= 0 THEN sqrt(${a}) END`,
    gives: 'number',
  },
  exp: call('exp', 'numbers', 'number'),
  log: {
    operands: [1, 1],
    takes: 'numbers',
    sql: ([a]) => `CASE WHEN ${a} > 0 THEN ln(${a}) END`,
    gives: 'number',
  },
  least: call('least', 'same', 'operands', [2, MANY]),
  greatest: call('greatest', 'same', 'operands', [2, MANY]),
  coalesce: call('coalesce', 'same', 'operands', [2, MANY]),
  concat: { operands: [2, MANY], takes: 'texts', sql: (of) => `(${of.join(' || ')})`, gives: 'string' },
  lower: call('lower', 'texts', 'string'),
  upper: call('upper', 'texts', 'string'),
  trim: call('trim', 'texts', 'string'),
  length: call('length', 'texts', 'integer'),
  'days-between': {
    operands: [2, 2],
    takes: 'dates',
    sql: ([a, b]) =>
      `((epoch_us(CAST(${a} AS TIMESTAMP)) - epoch_us(CAST(${b} AS TIMESTAMP))) / 86400000000.0::DOUBLE)`,
    gives: 'number',
  },
};

const FITS: Readonly<Record<Rule['takes'], (type: ColumnType) => boolean>> = {
  numbers: (type) => type === 'integer' || type === 'number',
  texts: (type) => type === 'string',
  dates: (type) => type === 'date' || type === 'timestamp',
  same: () => true,
};

/** @throws InvalidDataset for columns that are not there and operands of the wrong kind */
export function compileExpression(expression: Expression, scope: Scope): Compiled {
  const { relation, query, place } = scope;
  if (typeof expression === 'string') {
    const column = columnOf(relation, expression, place);
    return { sql: quoteName(column.name), type: column.type };
  }
  if (typeof expression === 'number') return { sql: query.bind(expression), type: typeOf(expression) };
  if ('value' in expression) return { sql: query.bind(expression.value), type: typeOf(expression.value) };
  if ('if' in expression) {
    const when = compileCondition(expression.if, scope);
    const branches = [expression.take, ...(expression.else === undefined ? [] : [expression.else])];
    const [then, otherwise] = branches.map((branch) => compileExpression(branch, scope));
    const type = commonType(
      [then, otherwise].filter((one) => one !== undefined),
      'if',
      place,
    );
    return {
      sql: `CASE WHEN ${when} THEN ${then?.sql}${otherwise === undefined ? '' : ` ELSE ${otherwise.sql}`} END`,
      type,
    };
  }
  const rule = RULES[expression.op];
  const [least, most] = rule.operands;
  const of = expression.of.map((operand) => compileExpression(operand, scope));
  if (of.length < least || of.length > most)
    throw new InvalidDataset(
      `${place}: '${expression.op}' takes ${least === most ? least : most === MANY ? `${least} or more` : `${least} or ${most}`} operands, not ${of.length}.`,
    );
  const wrong = of.findIndex(({ type }) => !FITS[rule.takes](type));
  if (wrong >= 0)
    throw new InvalidDataset(
      `${place}: '${expression.op}' takes ${rule.takes}, and ${JSON.stringify(expression.of[wrong])} is of type ${of[wrong]?.type}. Cast it before.`,
    );
  const type = rule.gives === 'operands' ? commonType(of, expression.op, place) : rule.gives;
  return { sql: rule.sql(of.map(({ sql }) => sql)), type };
}

function typeOf(value: Scalar): ColumnType {
  if (typeof value === 'string') return 'string';
  if (typeof value === 'boolean') return 'boolean';
  return Number.isSafeInteger(value) ? 'integer' : 'number';
}

function commonType(of: readonly Compiled[], op: string, place: string): ColumnType {
  const first = of[0]?.type ?? 'string';
  const other = of.find(({ type }) => !comparable(type, first));
  if (other !== undefined)
    throw new InvalidDataset(
      `${place}: '${op}' mixes values of type ${first} and ${other.type}. Cast one of them before.`,
    );
  return of.find(({ type }) => type === 'number' || type === 'timestamp')?.type ?? first;
}
