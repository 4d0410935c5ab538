/**
 * Expectations by Great Expectations' names, as data. `mostly` is the share of non-null rows that must hold;
 * a failed `critical` expectation stops the run, `warning` and `info` are reported.
 */
import { z } from 'zod';
import { column } from './dataset';
import { condition } from './transform-step';

export const severityLevel = z.enum(['critical', 'warning', 'info']);
export type Severity = z.output<typeof severityLevel>;
const severity = severityLevel.default('critical');
const scalar = z.union([z.string(), z.number(), z.boolean()]);
const bounds = { min: z.number().nullable().default(null), max: z.number().nullable().default(null) };
const table = { severity };
/** Only rows for which it holds are looked at. */
const rowCondition = condition.optional();
const mostly = z.number().gt(0).max(1).default(1);
const onColumn = { column: z.string().min(1), severity, rowCondition };
const onValues = { ...onColumn, mostly };
const onRows = { severity, rowCondition, mostly };
const weights = z.array(z.number().nonnegative()).min(1);

export const expectation = z.discriminatedUnion('type', [
  z.object({ type: z.literal('expect_table_row_count_to_be_between'), ...bounds, ...table }),
  z.object({ type: z.literal('expect_table_row_count_to_equal'), value: z.int(), ...table }),
  z.object({ type: z.literal('expect_table_column_count_to_equal'), value: z.int(), ...table }),
  z.object({
    type: z.literal('expect_table_columns_to_match_set'),
    columns: z.array(z.string()),
    exact: z.boolean().default(true),
    ...table,
  }),
  z.object({
    type: z.literal('expect_table_columns_to_match_ordered_list'),
    columns: z.array(z.string()),
    ...table,
  }),
  z.object({ type: z.literal('expect_column_to_exist'), ...onColumn }),
  z.object({ type: z.literal('expect_column_values_to_not_be_null'), ...onValues }),
  z.object({ type: z.literal('expect_column_values_to_be_null'), ...onValues }),
  z.object({ type: z.literal('expect_column_values_to_be_unique'), ...onValues }),
  z.object({ type: z.literal('expect_column_values_to_be_between'), ...bounds, ...onValues }),
  z.object({
    type: z.literal('expect_column_values_to_be_in_set'),
    values: z.array(scalar).min(1),
    ...onValues,
  }),
  z.object({
    type: z.literal('expect_column_values_to_not_be_in_set'),
    values: z.array(scalar).min(1),
    ...onValues,
  }),
  z.object({
    type: z.literal('expect_column_values_to_be_of_type'),
    dataType: z.enum(['string', 'integer', 'number', 'boolean', 'date', 'timestamp']),
    ...onColumn,
  }),
  z.object({ type: z.literal('expect_column_values_to_match_regex'), regex: z.string(), ...onValues }),
  z.object({ type: z.literal('expect_column_values_to_not_match_regex'), regex: z.string(), ...onValues }),
  z.object({ type: z.literal('expect_column_value_lengths_to_be_between'), ...bounds, ...onValues }),
  z.object({ type: z.literal('expect_column_unique_value_count_to_be_between'), ...bounds, ...onColumn }),
  z.object({
    type: z.literal('expect_column_proportion_of_unique_values_to_be_between'),
    ...bounds,
    ...onColumn,
  }),
  z.object({
    type: z.literal('expect_column_proportion_of_non_null_values_to_be_between'),
    ...bounds,
    ...onColumn,
  }),
  z.object({ type: z.literal('expect_column_min_to_be_between'), ...bounds, ...onColumn }),
  z.object({ type: z.literal('expect_column_max_to_be_between'), ...bounds, ...onColumn }),
  z.object({ type: z.literal('expect_column_mean_to_be_between'), ...bounds, ...onColumn }),
  z.object({ type: z.literal('expect_column_median_to_be_between'), ...bounds, ...onColumn }),
  z.object({ type: z.literal('expect_column_stdev_to_be_between'), ...bounds, ...onColumn }),
  z.object({ type: z.literal('expect_column_sum_to_be_between'), ...bounds, ...onColumn }),
  /** Every quantile in its range, `null` for an open end. */
  z.object({
    type: z.literal('expect_column_quantile_values_to_be_between'),
    quantiles: z.array(z.number().min(0).max(1)).min(1),
    ranges: z.array(z.tuple([z.number().nullable(), z.number().nullable()])).min(1),
    ...onColumn,
  }),
  z.object({
    type: z.literal('expect_column_most_common_value_to_be_in_set'),
    values: z.array(scalar).min(1),
    /** Of several values that are as common, whether one in the set is enough. */
    tiesOkay: z.boolean().default(false),
    ...onColumn,
  }),
  /**
   * Kullback–Leibler divergence of the column from shares of values, or of bins: `bins` has one edge more than there
   * are weights, and what lies outside counts against them. Nats, as in scipy.
   */
  z.object({
    type: z.literal('expect_column_kl_divergence_to_be_less_than'),
    partition: z.union([
      z.strictObject({ values: z.array(scalar).min(1), weights }),
      z.strictObject({ bins: z.array(z.number()).min(2), weights }),
    ]),
    threshold: z.number().positive(),
    ...onColumn,
  }),
  /** `format` as strptime has it, e.g. `%Y-%m-%d`. */
  z.object({
    type: z.literal('expect_column_values_to_match_strftime_format'),
    format: z.string(),
    ...onValues,
  }),
  /** In the order of the rows; `strictly` forbids equal neighbours. */
  z.object({
    type: z.literal('expect_column_values_to_be_increasing'),
    strictly: z.boolean().default(false),
    ...onValues,
  }),
  z.object({
    type: z.literal('expect_column_pair_values_a_to_be_greater_than_b'),
    columnA: z.string().min(1),
    columnB: z.string().min(1),
    orEqual: z.boolean().default(false),
    ...onRows,
  }),
  z.object({
    type: z.literal('expect_compound_columns_to_be_unique'),
    columns: z.array(z.string().min(1)).min(2),
    ...onRows,
  }),
  z.object({
    type: z.literal('expect_multicolumn_sum_to_equal'),
    columns: z.array(z.string().min(1)).min(2),
    sum: z.number(),
    /** How far a sum may be off. */
    tolerance: z.number().nonnegative().default(1e-9),
    ...onRows,
  }),
  /** The newest value is at most so old at the end of the run's data interval. */
  z.object({
    type: z.literal('expect_row_values_to_have_recent_data'),
    maxAgeHours: z.number().positive(),
    ...onColumn,
  }),
  /** Names and types of all columns, in any order: schema drift. */
  z.object({
    type: z.literal('expect_table_schema_to_match'),
    columns: z.array(column).min(1),
    /** Whether further columns are allowed. */
    allowAdded: z.boolean().default(false),
    ...table,
  }),
]);
export type Expectation = z.output<typeof expectation>;
export type ExpectationType = Expectation['type'];

export const expectationSuite = z.object({
  name: z.string().min(1),
  expectations: z.array(expectation).min(1),
  /**
   * How much is kept of failures: nothing; values at fault; also their counts and some of the rows; all numbers of
   * rows, at most 10,000.
   */
  resultFormat: z.enum(['BOOLEAN_ONLY', 'BASIC', 'SUMMARY', 'COMPLETE']).default('SUMMARY'),
});
export type ExpectationSuite = z.output<typeof expectationSuite>;
/** A suite as one writes it, with defaults left out. */
export type ExpectationSuiteInput = z.input<typeof expectationSuite>;
