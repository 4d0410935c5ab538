/**
 * Queries that run by themselves, as those of Athena and of Redshift do: asked for once, looked at again and again.
 *
 * 1. The same token is the same query, however often it comes; with another text it is refused.
 * 2. What was under way when the process ended begins anew when somebody asks for it: it changes nothing outside.
 */
import { createHash, randomUUID } from 'node:crypto';
import type { Database, RootDatabase } from 'lmdb';
import { AwsError, type Principal } from '../service';
import type { LocalTableStore, QueryService } from './local-tables';
import { runQuery, type QueryResult, type RunQueryProps, type Scalar } from './run-query';

export interface QueryRecord {
  readonly id: string;
  readonly service: QueryService;
  readonly sql: string;
  readonly parameters: readonly Scalar[] | Readonly<Record<string, Scalar>>;
  readonly request: Readonly<Record<string, unknown>>;
  readonly roleArn?: string;
  readonly status: 'running' | 'succeeded' | 'failed' | 'cancelled';
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  readonly endedAt?: number;
  readonly error?: string;
  readonly result?: QueryResult;
}

export interface QueryRunnerOptions {
  readonly root: RootDatabase;
  readonly tables: LocalTableStore;
  readonly projectRoot: string;
  readonly readObject: RunQueryProps['readObject'];
  /** Told when a query has succeeded, before anybody else sees it. @default nobody */
  readonly store?: (record: QueryRecord) => Promise<void>;
}

/** Results beyond this are no longer for a laptop. */
const MAX_RESULT_BYTES = 64 * 1024 * 1024;

export class QueryRunner {
  private readonly records: Database<QueryRecord, string>;
  private readonly tokens: Database<{ readonly id: string; readonly text: string }, string>;
  private readonly underWay = new Map<
    string,
    { readonly abort: AbortController; readonly end: Promise<void> }
  >();

  constructor(private readonly options: QueryRunnerOptions) {
    this.records = options.root.openDB({ name: 'sql.queries', encoding: 'json' });
    this.tokens = options.root.openDB({ name: 'sql.tokens', encoding: 'json' });
  }

  /** @throws AwsError */
  start(
    asked: Pick<QueryRecord, 'service' | 'sql' | 'parameters' | 'request'>,
    token: string | undefined,
    principal: Principal,
  ): QueryRecord {
    const text = createHash('sha256')
      .update(JSON.stringify([asked.sql, asked.parameters]))
      .digest('hex');
    const key = token === undefined ? undefined : `${asked.service} ${token}`;
    const known = key === undefined ? undefined : this.tokens.get(key);
    if (known !== undefined && known.text !== text)
      throw new AwsError(
        'InvalidRequestException',
        'Idempotent parameters do not match: another query had this token.',
      );
    if (known !== undefined) return this.find(known.id, asked.service);
    // Refused before anything is written.
    this.options.tables.find(asked.service, asked.sql, principal);
    const { roleArn } = principal;
    const record: QueryRecord = {
      ...asked,
      id: randomUUID(),
      ...(roleArn === undefined ? {} : { roleArn }),
      status: 'running',
      startedAt: Date.now(),
    };
    this.options.root.transactionSync(() => {
      void this.records.put(record.id, record);
      if (key !== undefined) void this.tokens.put(key, { id: record.id, text });
    });
    this.go(record);
    return record;
  }

  /** @throws AwsError */
  find(id: string, service: QueryService): QueryRecord {
    const record = this.records.get(id);
    if (record === undefined || record.service !== service)
      throw new AwsError('InvalidRequestException', `QueryExecution ${id} was not found`);
    if (record.status === 'running' && !this.underWay.has(id)) this.go(record);
    return record;
  }

  /** Resolves when the query has ended; a signal stops it. */
  async ended(id: string, service: QueryService, signal?: AbortSignal): Promise<QueryRecord> {
    this.find(id, service);
    const stop = () => this.stop(id, service);
    signal?.addEventListener('abort', stop);
    try {
      await this.underWay.get(id)?.end;
    } finally {
      signal?.removeEventListener('abort', stop);
    }
    return this.find(id, service);
  }

  /** False when it had ended already. */
  stop(id: string, service: QueryService): boolean {
    if (this.find(id, service).status !== 'running') return false;
    this.end(id, { status: 'cancelled', error: 'Query cancelled by user' });
    this.underWay.get(id)?.abort.abort();
    return true;
  }

  /** Interrupts what runs; it begins anew when somebody asks for it. */
  async close(): Promise<void> {
    const open = [...this.underWay.values()];
    this.closed = true;
    for (const { abort } of open) abort.abort();
    await Promise.all(open.map(({ end }) => end));
  }

  private closed = false;

  private go(record: QueryRecord): void {
    const abort = new AbortController();
    const end = this.run(record, abort.signal).finally(() => this.underWay.delete(record.id));
    this.underWay.set(record.id, { abort, end });
  }

  private async run(record: QueryRecord, signal: AbortSignal): Promise<void> {
    const { tables, projectRoot, readObject, store } = this.options;
    try {
      const principal = {
        name: 'query',
        ...(record.roleArn === undefined ? {} : { roleArn: record.roleArn }),
      };
      const local = tables.find(record.service, record.sql, principal);
      const { sql, parameters } = record;
      const result = await runQuery({ sql, local, parameters, projectRoot, readObject, signal });
      if (JSON.stringify(result).length > MAX_RESULT_BYTES)
        throw new Error(
          `The result has more than ${MAX_RESULT_BYTES} bytes; locally let the statement limit it.`,
        );
      await store?.({ ...record, result });
      this.end(record.id, { status: 'succeeded', result });
    } catch (error) {
      this.end(record.id, {
        status: 'failed',
        error: error instanceof Error ? error.message : String(error),
      });
    }
  }

  private end(id: string, end: Pick<QueryRecord, 'status'> & Partial<QueryRecord>): void {
    if (this.closed) return;
    this.options.root.transactionSync(() => {
      const record = this.records.get(id);
      if (record?.status === 'running') void this.records.put(id, { ...record, ...end, endedAt: Date.now() });
    });
  }
}
