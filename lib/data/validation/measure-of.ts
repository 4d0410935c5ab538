/** A measurer for each type of expectation. */
import type { Expectation, ExpectationType } from '../../tasks/expectation';
import * as column from './column-measures';
import { absent, type Measure, type Measurer, type Scope } from './measure';
import * as row from './row-measures';
import * as table from './table-measures';
import * as value from './value-measures';

const MEASURERS: { readonly [Type in ExpectationType]: Measurer<Type> } = {
  expect_table_row_count_to_be_between: table.rowCountBetween,
  expect_table_row_count_to_equal: table.rowCountEqual,
  expect_table_column_count_to_equal: table.columnCountEqual,
  expect_table_columns_to_match_set: table.columnsMatchSet,
  expect_table_columns_to_match_ordered_list: table.columnsMatchList,
  expect_table_schema_to_match: table.schemaMatches,
  expect_column_to_exist: table.columnExists,
  expect_column_values_to_not_be_null: value.valuesNotNull,
  expect_column_values_to_be_null: value.valuesNull,
  expect_column_values_to_be_unique: value.valuesUnique,
  expect_column_values_to_be_between: value.valuesBetween,
  expect_column_values_to_be_in_set: value.valuesInSet,
  expect_column_values_to_not_be_in_set: value.valuesNotInSet,
  expect_column_values_to_be_of_type: value.valuesOfType,
  expect_column_values_to_match_regex: value.valuesMatch,
  expect_column_values_to_not_match_regex: value.valuesDoNotMatch,
  expect_column_values_to_match_strftime_format: value.valuesMatchFormat,
  expect_column_values_to_be_increasing: value.valuesIncreasing,
  expect_column_value_lengths_to_be_between: value.lengthsBetween,
  expect_column_unique_value_count_to_be_between: column.uniqueCountBetween,
  expect_column_proportion_of_unique_values_to_be_between: column.uniqueShareBetween,
  expect_column_proportion_of_non_null_values_to_be_between: column.presentShareBetween,
  expect_column_min_to_be_between: column.minBetween,
  expect_column_max_to_be_between: column.maxBetween,
  expect_column_mean_to_be_between: column.meanBetween,
  expect_column_median_to_be_between: column.medianBetween,
  expect_column_stdev_to_be_between: column.stdevBetween,
  expect_column_sum_to_be_between: column.sumBetween,
  expect_column_quantile_values_to_be_between: column.quantilesBetween,
  expect_column_most_common_value_to_be_in_set: column.mostCommonInSet,
  expect_column_kl_divergence_to_be_less_than: column.klDivergence,
  expect_column_pair_values_a_to_be_greater_than_b: row.pairGreater,
  expect_compound_columns_to_be_unique: row.compoundUnique,
  expect_multicolumn_sum_to_equal: row.multicolumnSum,
  expect_row_values_to_have_recent_data: row.recentData,
};

/** The measure of an expectation, or why it cannot be taken. */
export function measureOf(expectation: Expectation, scope: Scope): Measure | string {
  if (expectation.type !== 'expect_column_to_exist') {
    const missing = absent(scope.columns, columnsOf(expectation));
    if (missing !== undefined) return missing;
  }
  return (MEASURERS[expectation.type] as Measurer<ExpectationType>)(expectation, scope);
}

/** Columns that an expectation is about. */
export function columnsOf(expectation: Expectation): readonly string[] {
  if ('column' in expectation) return [expectation.column];
  if ('columnA' in expectation) return [expectation.columnA, expectation.columnB];
  switch (expectation.type) {
    case 'expect_compound_columns_to_be_unique':
    case 'expect_multicolumn_sum_to_equal':
      return expectation.columns;
    default:
      return [];
  }
}
