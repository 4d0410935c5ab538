/**
 * Which tables of this machine stand in for those of a query. The template says it beside the machine: `tables` by the hash
 * of service and statement, as a request has nothing else that names the task.
 */
import { createHash } from 'node:crypto';
import type { Database, RootDatabase } from 'lmdb';
import { AwsError, type Principal } from '../service';

export interface LocalTables {
  /** By name: a file relative to the project, or `s3://bucket/key`. */
  readonly tables: Readonly<Record<string, string>>;
  /** The statement in the words of DuckDB. @default the one that was asked for */
  readonly sql?: string;
}

export type QueryService = 'athena' | 'redshift' | 'aurora';

/** As lib/cloud writes it beside a machine. */
export type TablesByQuery = Readonly<Record<string, LocalTables>>;

export class LocalTableStore {
  private readonly byRole: Database<TablesByQuery, string>;

  constructor(private readonly root: RootDatabase) {
    this.byRole = root.openDB({ name: 'sql.tables', encoding: 'json' });
  }

  put(roleArn: string, tables: TablesByQuery): void {
    this.root.transactionSync(() => void this.byRole.put(roleArn, tables));
  }

  /** @throws AwsError for a query that no task has tables for */
  find(service: QueryService, sql: string, principal: Principal): LocalTables {
    const key = queryKey(service, sql);
    const own = this.byRole.get(principal.roleArn ?? '')?.[key];
    if (own !== undefined) return own;
    // Who asks by hand may ask what any machine asks.
    if (principal.roleArn === undefined)
      for (const { value } of this.byRole.getRange({})) if (value[key] !== undefined) return value[key];
    throw new AwsError(
      'InvalidRequestException',
      `Locally there is no ${service} to ask, and the task does not say which tables stand in for it. Add local: { tables: { orders: 'data/orders.csv' } } to the query; it then runs on DuckDB.`,
    );
  }
}

export function queryKey(service: QueryService, sql: string): string {
  return createHash('sha256').update(`${service}\n${sql}`).digest('hex').slice(0, 32);
}
