/** A query of a database service of AWS as data. The services differ in how they are asked; the task does not. */
import type { Json } from './json';
import { isObject } from './schema-path';
import type { Value } from './value';

export type QueryEngine = 'athena' | 'redshift' | 'aurora';

export interface QueryTarget {
  /** Members of the service's request that say where the query runs: `WorkGroup`, `Database`, `ResourceArn` … */
  readonly [member: string]: Value;
}

/** What stands for the service's tables on a developer's machine. */
export interface LocalTables {
  /** By name, with the schema or without: a file relative to the project, or `s3://bucket/key`. */
  readonly tables: { readonly [name: string]: string };
  /** The statement in the words of DuckDB, where they differ. @default the same */
  readonly sql?: string;
}

/** Types that the Data API of Aurora takes a text for. */
export type TypeHint = 'DATE' | 'DECIMAL' | 'JSON' | 'TIME' | 'TIMESTAMP' | 'UUID';

/** Values by name, whether they are constant or not. */
export function namedParameters(parameters: Value): [name: string, value: Value][] {
  if (parameters.kind === 'object') return Object.entries(parameters.fields);
  if (parameters.kind !== 'literal' || !isObject(parameters.value)) return [];
  return Object.entries(parameters.value).map(([name, value]) => [name, { kind: 'literal', value }]);
}

/** Values by position. */
export function positionalParameters(parameters: Value): readonly Value[] {
  if (parameters.kind === 'array') return parameters.items;
  if (parameters.kind !== 'literal' || !Array.isArray(parameters.value)) return [];
  return (parameters.value as readonly Json[]).map((value) => ({ kind: 'literal', value }));
}
