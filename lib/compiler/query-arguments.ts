/** What the services are asked, and how their answers become rows: expressions of JSONata by engine. */
import type { Json, JsonObject } from '../model/json';
import { namedParameters, positionalParameters } from '../model/query-task';
import type { QueryTask } from '../model/task-node';
import { expressionOf, valueToJson, wrap, type Lookup } from './jsonata';

/** Members of the request that say where the query runs. */
export function targetOf(task: QueryTask, pipeline: string, lookup: Lookup): JsonObject {
  const members = Object.entries(task.target).map(([name, value]) => [name, valueToJson(value, lookup)]);
  return JSON.parse(
    JSON.stringify(Object.fromEntries(members)).replaceAll('{pipeline}', pipeline),
  ) as JsonObject;
}

/** Athena's `ExecutionParameters`: each a constant of SQL, so that a text is one in quotes. */
export function athenaParameters({ parameters }: QueryTask, lookup: Lookup): Json {
  const items = positionalParameters(parameters);
  if (items.length === 0) return {};
  return {
    ExecutionParameters: items.map((item) =>
      wrap(
        `($v := ${expressionOf(item, lookup)}; $type($v) = "string" ? "'" & $replace($v, "'", "''") & "'" : $type($v) = "null" ? "NULL" : $string($v))`,
      ),
    ),
  };
}

/** `[{ Name, Value }]`, the values as texts. */
export function redshiftParameters(task: QueryTask, lookup: Lookup): JsonObject {
  const named = namedParameters(task.parameters);
  if (named.length === 0) return {};
  return {
    Parameters: named.map(([name, value]) => ({
      Name: name,
      Value: wrap(`$string(${expressionOf(value, lookup)})`),
    })),
  };
}

/** `[{ Name, Value, TypeHint }]`, each value as a member that says its type. */
export function auroraParameters(task: QueryTask, lookup: Lookup): JsonObject {
  const named = namedParameters(task.parameters);
  if (named.length === 0) return {};
  return {
    Parameters: named.map(([name, value]) => ({
      Name: name,
      Value: wrap(
        `($v := ${expressionOf(value, lookup)}; $type($v) = "string" ? {"StringValue": $v} : $type($v) = "boolean" ? {"BooleanValue": $v} : $type($v) = "number" ? ($v = $floor($v) ? {"LongValue": $v} : {"DoubleValue": $v}) : {"IsNull": true})`,
      ),
      ...(task.types?.[name] === undefined ? {} : { TypeHint: task.types[name] }),
    })),
  };
}

/** What the parameters come to, for telling whether two queries are the same. */
export function parametersExpression({ parameters }: QueryTask, lookup: Lookup): string {
  return expressionOf(parameters, lookup);
}

const NUMBERS = '["tinyint", "smallint", "integer", "int", "bigint", "float", "real", "double", "decimal"]';

/**
 * Rows of `GetQueryResults`, whose values are texts: numbers and booleans by the type of their column. The first row of a
 * SELECT has the names of the columns.
 */
export function athenaRows(query: string): string {
  return `($s := $states.result.ResultSet; $columns := [$s.ResultSetMetadata.ColumnInfo]; $names := [$columns.Name]; $all := [$s.Rows]; $first := $count($all) > 0 and $${query}.StatementType = "DML" and $string([$all[0].Data.VarCharValue]) = $string($names) ? 1 : 0; $count($all) <= $first ? [] : [$map([$first..$count($all) - 1], function($i) { $merge([$map([0..$count($names) - 1], function($c) { ($v := $all[$i].Data[$c].VarCharValue; $t := $columns[$c].Type; {$names[$c]: $exists($v) ? ($t in ${NUMBERS} ? $number($v) : $t = "boolean" ? $v = "true" : $v) : null}) })]) })])`;
}

/** Rows of `GetStatementResult`, whose values are members that say their type. */
export const REDSHIFT_ROWS = `($names := [$states.result.ColumnMetadata.Name]; $all := $states.result.Records; $n := $exists($all) ? $count($all) : 0; $n = 0 ? [] : [$map([0..$n - 1], function($i) { ($r := $all[$i]; $merge([$map([0..$count($names) - 1], function($c) { ($f := $r[$c]; {$names[$c]: $exists($f.StringValue) ? $f.StringValue : $exists($f.LongValue) ? $f.LongValue : $exists($f.DoubleValue) ? $f.DoubleValue : $exists($f.BooleanValue) ? $f.BooleanValue : null}) })])) })])`;

/** Rows of a statement that was asked for JSON. */
export const AURORA_ROWS =
  '($exists($states.result.FormattedRecords) ? [$parse($states.result.FormattedRecords)] : [])';
