/**
 * Steps of a transform, as data. Missing values are SQL's NULL: no comparison holds for them, arithmetic with them
 * gives a missing value. Names of columns are checked against the dataset before anything runs.
 */
import { z } from 'zod';
import { columnType } from './dataset';

const name = z.string().min(1);
const names = z.array(name).min(1);
const scalar = z.union([z.string(), z.number(), z.boolean()]);
export type Scalar = z.output<typeof scalar>;

export const comparison = z.enum(['=', '!=', '<', '<=', '>', '>=']);
export const textTest = z.enum(['contains', 'starts-with', 'ends-with', 'matches']);

export type Condition =
  | { readonly column: string; readonly op: z.output<typeof comparison>; readonly value: Scalar }
  | { readonly column: string; readonly op: z.output<typeof comparison>; readonly other: string }
  /** `matches` takes a regular expression (RE2), found anywhere in the text. */
  | { readonly column: string; readonly op: z.output<typeof textTest>; readonly value: string }
  | { readonly column: string; readonly op: 'in' | 'not-in'; readonly values: Scalar[] }
  | { readonly column: string; readonly op: 'between'; readonly min: Scalar; readonly max: Scalar }
  | { readonly column: string; readonly op: 'is-missing' | 'is-present' }
  | { readonly all: Condition[] }
  | { readonly any: Condition[] }
  /** Holds where the condition is false or has no answer. */
  | { readonly not: Condition };

export const condition: z.ZodType<Condition, Condition> = z.lazy(() =>
  z.union([
    z.strictObject({ column: name, op: comparison, value: scalar }),
    z.strictObject({ column: name, op: comparison, other: name }),
    z.strictObject({ column: name, op: textTest, value: z.string() }),
    z.strictObject({ column: name, op: z.enum(['in', 'not-in']), values: z.array(scalar).min(1) }),
    z.strictObject({ column: name, op: z.literal('between'), min: scalar, max: scalar }),
    z.strictObject({ column: name, op: z.enum(['is-missing', 'is-present']) }),
    z.strictObject({ all: z.array(condition).min(1) }),
    z.strictObject({ any: z.array(condition).min(1) }),
    z.strictObject({ not: condition }),
  ]),
);

export const operator = z.enum([
  '+',
  '-',
  '*',
  /** Missing where the divisor is 0. */
  '/',
  '%',
  'power',
  'abs',
  'round',
  'floor',
  'ceil',
  /** Missing below 0. */
  'sqrt',
  'exp',
  /** Natural logarithm; missing at 0 and below. */
  'log',
  'least',
  'greatest',
  /** The first that is present. */
  'coalesce',
  'concat',
  'lower',
  'upper',
  'trim',
  'length',
  /** Days from the second date to the first, with fractions. */
  'days-between',
]);
export type Operator = z.output<typeof operator>;

/** A text is the name of a column, a number is itself, a text constant is `{ value: 'text' }`. */
export type Expression =
  | string
  | number
  | { readonly value: Scalar }
  | { readonly op: Operator; readonly of: Expression[] }
  | { readonly if: Condition; readonly take: Expression; readonly else?: Expression | undefined };

export const expression: z.ZodType<Expression, Expression> = z.lazy(() =>
  z.union([
    name,
    z.number(),
    z.strictObject({ value: scalar }),
    z.strictObject({ op: operator, of: z.array(expression).min(1) }),
    z.strictObject({ if: condition, take: expression, else: expression.optional() }),
  ]),
);

const sortKey = z.union([
  name,
  z.strictObject({
    column: name,
    descending: z.boolean().default(false),
    /** @default 'last' */
    missing: z.enum(['first', 'last']).default('last'),
  }),
]);
export type SortKey = z.output<typeof sortKey>;
const sortKeys = z.array(sortKey);

export const aggregation = z.discriminatedUnion('fn', [
  /** Rows, or the present values of a column. */
  z.strictObject({ fn: z.literal('count'), of: name.optional() }),
  z.strictObject({
    fn: z.enum([
      'count-distinct',
      'sum',
      'mean',
      'median',
      'min',
      'max',
      'stdev',
      'variance',
      'mode',
      'first',
      'last',
    ]),
    of: name,
  }),
  z.strictObject({ fn: z.literal('quantile'), of: name, q: z.number().min(0).max(1) }),
]);
export type Aggregation = z.output<typeof aggregation>;

const measure = z.enum(['sum', 'mean', 'median', 'min', 'max', 'stdev', 'count']);
export const windowColumn = z.discriminatedUnion('fn', [
  z.strictObject({
    fn: z.enum(['lag', 'lead']),
    of: name,
    offset: z.int().positive().default(1),
    default: scalar.optional(),
  }),
  /** Less the value `offset` rows before; `percent-change` is the share of it. */
  z.strictObject({
    fn: z.enum(['difference', 'percent-change']),
    of: name,
    offset: z.int().positive().default(1),
  }),
  z.strictObject({ fn: z.enum(['row-number', 'rank', 'dense-rank']) }),
  z.strictObject({ fn: z.literal('cumulative'), of: name, measure }),
  z.strictObject({
    fn: z.literal('rolling'),
    of: name,
    measure,
    /** Rows of the window, this one included. */
    rows: z.int().positive(),
    /** Present values below which there is no result. @default `rows` */
    minRows: z.int().positive().optional(),
    /** The window ends so many rows before this one: 1 keeps the row's own value out of its feature. @default 0 */
    behind: z.int().nonnegative().default(0),
  }),
]);
export type WindowColumn = z.output<typeof windowColumn>;

export const datePart = z.enum([
  'year',
  'quarter',
  'month',
  'day',
  'day-of-year',
  'day-of-week',
  'is-weekend',
  'hour',
  'minute',
  'days',
]);

export const transformStep = z.discriminatedUnion('step', [
  z.strictObject({ step: z.literal('select'), columns: names }),
  z.strictObject({ step: z.literal('drop'), columns: names }),
  z.strictObject({ step: z.literal('rename'), columns: z.record(name, name) }),
  z.strictObject({
    step: z.literal('cast'),
    columns: z.record(name, columnType),
    /** Of texts that become dates or timestamps, as strptime has it. @default ISO 8601 */
    format: z.string().optional(),
    /** Whether a value that does not fit fails the task or becomes missing. */
    errors: z.enum(['fail', 'missing']).default('fail'),
  }),
  z.strictObject({ step: z.literal('filter'), where: condition }),
  z.strictObject({ step: z.literal('derive'), columns: z.record(name, expression) }),
  z.strictObject({
    step: z.literal('join'),
    /** Name of the other input. */
    with: name,
    how: z.enum(['inner', 'left', 'right', 'full', 'semi', 'anti']).default('left'),
    /** Columns of both, or `{ left, right }` where their names differ. Missing keys find nothing. */
    on: z.array(z.union([name, z.strictObject({ left: name, right: name })])).min(1),
    /** Put behind names of the other input that are taken. @default such a name is refused */
    suffix: z.string().min(1).optional(),
    /** Fails when a row finds more than one. @default false */
    single: z.boolean().default(false),
  }),
  z.strictObject({
    step: z.literal('union'),
    with: names,
    /** What to do with a column that one of them lacks. */
    absent: z.enum(['fail', 'missing']).default('fail'),
  }),
  z.strictObject({
    step: z.literal('aggregate'),
    /** Sorted by them; a missing key is a group too. @default one row in all */
    by: z.array(name).default([]),
    columns: z.record(name, aggregation),
  }),
  z.strictObject({
    step: z.literal('window'),
    by: z.array(name).default([]),
    /** @default the order of the rows */
    orderBy: sortKeys.default([]),
    columns: z.record(name, windowColumn),
  }),
  z.strictObject({
    step: z.literal('impute'),
    columns: names,
    strategy: z.enum(['mean', 'median', 'mode', 'constant', 'forward-fill', 'backward-fill']),
    /** For 'constant'. */
    value: scalar.optional(),
    /** Groups that are filled by themselves. */
    by: z.array(name).default([]),
    /** For the fills. @default the order of the rows */
    orderBy: sortKeys.default([]),
  }),
  z.strictObject({
    step: z.literal('drop-missing-rows'),
    /** Columns that are looked at. @default all */
    columns: names.optional(),
    /** Dropped when any of them is missing, or only when all are. */
    how: z.enum(['any', 'all']).default('any'),
    /** Kept when so many are present; takes the place of `how`. */
    atLeast: z.int().positive().optional(),
  }),
  z.strictObject({
    step: z.literal('drop-missing-columns'),
    columns: names.optional(),
    how: z.enum(['any', 'all']).default('any'),
    /** Dropped when a greater share is missing; takes the place of `how`. */
    maxMissing: z.number().min(0).max(1).optional(),
  }),
  z.strictObject({ step: z.literal('sort'), by: sortKeys.min(1) }),
  z.strictObject({ step: z.literal('head'), rows: z.int().positive() }),
  z
    .strictObject({
      step: z.literal('sample'),
      rows: z.int().positive().optional(),
      share: z.number().gt(0).max(1).optional(),
      seed: z.int().nonnegative().default(0),
    })
    .refine(({ rows, share }) => (rows === undefined) !== (share === undefined), {
      message: 'takes either rows or share',
    }),
  z.strictObject({
    step: z.literal('deduplicate'),
    /** @default all columns */
    by: names.optional(),
    keep: z.enum(['first', 'last']).default('first'),
    /** What first means. @default the order of the rows */
    orderBy: sortKeys.default([]),
  }),
  z.strictObject({
    step: z.literal('pivot'),
    /** Columns that stay; a row for each set of their values. */
    index: names,
    /** Its values name the new columns. */
    names: name,
    values: name,
    fn: z.enum(['count', 'sum', 'mean', 'median', 'min', 'max', 'first', 'last']).default('first'),
    /** Values that become columns, in this order. @default those that occur, sorted, at most 1000 */
    columns: names.optional(),
    /** @default '' */
    prefix: z.string().default(''),
  }),
  z.strictObject({
    step: z.literal('unpivot'),
    columns: names,
    /** @default 'variable' */
    names: name.default('variable'),
    /** @default 'value' */
    values: name.default('value'),
  }),
  z.strictObject({
    step: z.literal('date-parts'),
    /** A date, a timestamp, or a text in ISO 8601. New columns are `<column>_<part>`. */
    column: name,
    parts: z.array(datePart).min(1),
  }),
]);
export type TransformStep = z.output<typeof transformStep>;
/** A step as one writes it, with defaults left out. */
export type TransformStepInput = z.input<typeof transformStep>;
