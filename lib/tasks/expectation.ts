/**
 * Expectations by Great Expectations' names, as data. `mostly` is the share of non-null rows that must hold;
 * a failed `critical` expectation stops the run, `warning` and `info` are reported.
 */
import { z } from 'zod';

const severity = z.enum(['critical', 'warning', 'info']).default('critical');
const scalar = z.union([z.string(), z.number(), z.boolean()]);
const bounds = { min: z.number().nullable().default(null), max: z.number().nullable().default(null) };
const table = { severity };
const onColumn = { column: z.string().min(1), severity };
const onValues = { ...onColumn, mostly: z.number().gt(0).max(1).default(1) };

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
]);
export type Expectation = z.output<typeof expectation>;
export type ExpectationType = Expectation['type'];

export const expectationSuite = z.object({
  name: z.string().min(1),
  expectations: z.array(expectation).min(1),
});
export type ExpectationSuite = z.output<typeof expectationSuite>;
/** A suite as one writes it, with defaults left out. */
export type ExpectationSuiteInput = z.input<typeof expectationSuite>;
