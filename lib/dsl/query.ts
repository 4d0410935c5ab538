/** What the builders of queries have in common. Values are bound by the service, never spliced into the text. */
import { z } from 'zod';
import type { JsonObject } from '../model/json';
import type { LocalTables, QueryEngine, TypeHint } from '../model/query-task';
import type { Permission, QueryTask } from '../model/task-node';
import type { Value } from '../model/value';
import { addStep } from './base';
import { currentBuilder } from './builder';
import { callPlace } from './call-place';
import { isRef, type Ref } from './ref';
import type { TaskHandle } from './task';
import { workOf, type CacheOption, type WorkOptions } from './work-options';

export type Scalar = string | number | boolean | null;
export type Text = string | Ref<string>;

export interface QueryOptions extends WorkOptions, CacheOption {
  /** Seconds an attempt may take. @default one hour; 45 seconds on Aurora */
  readonly timeout?: number;
}

export interface QueryInput<Row extends z.ZodType> {
  /** Constant: what differs from run to run comes in `parameters`. */
  readonly sql: string;
  /** What a row of the result is, for references to it. @default any object */
  readonly row?: Row;
  /** Locally a query runs on DuckDB over these tables; without them it fails there. */
  readonly local?: LocalTables;
}

/** What a service has of its own. */
export interface QueryOfService {
  /** Seconds, where the options say nothing. */
  readonly timeout: number;
  readonly parameters: Value;
  readonly target: QueryTask['target'];
  readonly permissions: readonly Permission[];
  readonly maxRows: number;
  readonly types?: Readonly<Record<string, TypeHint>>;
  /** Of the output, besides the rows. */
  readonly result: z.ZodRawShape;
}

export function addQuery<Output>(
  builder: string,
  engine: QueryEngine,
  id: string,
  { sql, row, local }: QueryInput<z.ZodType>,
  options: QueryOptions,
  own: QueryOfService,
): TaskHandle<Output> {
  if (typeof sql !== 'string' || isRef(sql) || sql.trim() === '')
    throw new TypeError(
      `The statement of ${builder}('${id}') must be a constant text (${callPlace()}): pass values in parameters.`,
    );
  const { defaults } = currentBuilder(`${builder}('${id}')`);
  const rows = z.array(row ?? z.record(z.string(), z.any()));
  const output = z.object({ ...own.result, rows });
  return addStep<Output>(builder, id, options, (base) => ({
    ...base,
    kind: 'query',
    engine,
    sql,
    parameters: own.parameters,
    ...(own.types === undefined ? {} : { types: own.types }),
    target: own.target,
    maxRows: own.maxRows,
    outputSchema: z.toJSONSchema(output, { io: 'output', unrepresentable: 'any' }) as JsonObject,
    permissions: own.permissions,
    ...(local === undefined ? {} : { local }),
    timeoutSeconds: options.timeout ?? own.timeout,
    ...workOf(defaults.retry, options),
  }));
}
