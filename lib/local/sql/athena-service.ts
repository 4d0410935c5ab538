/** Athena as far as queries need it, over DuckDB. The result goes to S3 as CSV, as Athena writes it. */
import { AwsError, type JsonService, type Principal } from '../service';
import { StatesError } from '../stepfunctions/states-error';
import { QueryRunner, type QueryRecord, type QueryRunnerOptions } from './query-runner';
import type { Scalar } from './run-query';

interface StartInput {
  readonly QueryString?: string;
  readonly ExecutionParameters?: readonly string[];
  readonly ClientRequestToken?: string;
  readonly WorkGroup?: string;
  readonly ResultConfiguration?: { readonly OutputLocation?: string };
  readonly QueryExecutionContext?: object;
}

export interface AthenaOptions extends Omit<QueryRunnerOptions, 'store'> {
  readonly writeObject: (bucket: string, key: string, body: string) => Promise<void>;
}

const STATES = {
  running: 'RUNNING',
  succeeded: 'SUCCEEDED',
  failed: 'FAILED',
  cancelled: 'CANCELLED',
} as const;
const MAX_ROWS = 1000;

export class AthenaService implements JsonService {
  readonly target = 'AmazonAthena';
  readonly jsonVersion = '1.1';
  private readonly runner: QueryRunner;

  constructor(options: AthenaOptions) {
    this.runner = new QueryRunner({
      ...options,
      store: async (record) => {
        const [, bucket = '', key = ''] = /^s3:\/\/([^/]+)\/(.+)$/.exec(locationOf(record)) ?? [];
        await options.writeObject(bucket, key, csvOf(record));
      },
    });
  }

  async call(operation: string, input: unknown, principal: Principal): Promise<unknown> {
    const {
      QueryExecutionId: id = '',
      MaxResults = MAX_ROWS,
      NextToken,
    } = input as {
      QueryExecutionId?: string;
      MaxResults?: number;
      NextToken?: string;
    };
    switch (operation) {
      case 'StartQueryExecution':
        return { QueryExecutionId: this.start(input as StartInput, principal).id };
      case 'GetQueryExecution':
        return { QueryExecution: describe(this.runner.find(id, 'athena')) };
      case 'StopQueryExecution':
        this.runner.stop(id, 'athena');
        return {};
      case 'GetQueryResults':
        return results(this.runner.find(id, 'athena'), MaxResults, NextToken);
    }
    throw new AwsError('UnknownOperationException', `Athena ${operation} is not served here.`);
  }

  /** `athena:startQueryExecution.sync`. @throws StatesError when the query fails */
  async runToEnd(input: unknown, principal: Principal, signal?: AbortSignal): Promise<unknown> {
    let id: string;
    try {
      ({ id } = this.start(input as StartInput, principal));
    } catch (error) {
      if (error instanceof AwsError) throw new StatesError(`Athena.${error.code}`, error.message);
      throw error;
    }
    const record = await this.runner.ended(id, 'athena', signal);
    const description = { QueryExecution: describe(record) };
    if (record.status === 'succeeded') return description;
    throw new StatesError('States.TaskFailed', JSON.stringify(description));
  }

  close(): Promise<void> {
    return this.runner.close();
  }

  private start(input: StartInput, principal: Principal): QueryRecord {
    const { QueryString: sql = '', ExecutionParameters = [], ClientRequestToken: token } = input;
    if (!/^s3:\/\/[^/]+\/.*/.test(input.ResultConfiguration?.OutputLocation ?? ''))
      throw new AwsError('InvalidRequestException', 'No output location provided.');
    if (token !== undefined && (token.length < 32 || token.length > 128))
      throw new AwsError('InvalidRequestException', 'ClientRequestToken has 32 to 128 characters.');
    return this.runner.start(
      {
        service: 'athena',
        sql,
        parameters: ExecutionParameters.map(constantOf),
        request: input as Readonly<Record<string, unknown>>,
      },
      token,
      principal,
    );
  }
}

/** A parameter is a constant of SQL: a text stands in quotes. */
function constantOf(text: string): Scalar {
  const quoted = /^'((?:[^']|'')*)'$/s.exec(text)?.[1];
  if (quoted !== undefined) return quoted.replaceAll("''", "'");
  if (/^null$/i.test(text)) return null;
  if (/^(?:true|false)$/i.test(text)) return text.toLowerCase() === 'true';
  if (text.trim() !== '' && Number.isFinite(Number(text))) return Number(text);
  throw new AwsError(
    'InvalidRequestException',
    `The parameter ${text} is no constant of SQL: texts stand in quotes.`,
  );
}

function locationOf({ id, request }: QueryRecord): string {
  const { OutputLocation = '' } = (request as StartInput).ResultConfiguration ?? {};
  return `${OutputLocation.replace(/\/?$/, '/')}${id}.csv`;
}

function isSelect(sql: string): boolean {
  return /^\s*(?:select|with|values|\()/i.test(sql);
}

function describe(record: QueryRecord): object {
  const { id, sql, status, startedAt, endedAt, error, request } = record;
  const { WorkGroup = 'primary', QueryExecutionContext = {} } = request as StartInput;
  return {
    QueryExecutionId: id,
    Query: sql,
    StatementType: isSelect(sql) || /^\s*(?:insert|delete|update|merge)/i.test(sql) ? 'DML' : 'DDL',
    WorkGroup,
    QueryExecutionContext,
    ResultConfiguration: { OutputLocation: locationOf(record) },
    Status: {
      State: STATES[status],
      SubmissionDateTime: startedAt / 1000,
      ...(endedAt === undefined ? {} : { CompletionDateTime: endedAt / 1000 }),
      ...(error === undefined ? {} : { StateChangeReason: error.replaceAll('"', "'") }),
    },
    Statistics: {
      DataScannedInBytes: 0,
      TotalExecutionTimeInMillis: (endedAt ?? startedAt) - startedAt,
      EngineExecutionTimeInMillis: (endedAt ?? startedAt) - startedAt,
    },
  };
}

const TYPES: readonly (readonly [RegExp, string])[] = [
  [/^BOOLEAN/, 'boolean'],
  [/^U?TINYINT/, 'tinyint'],
  [/^U?SMALLINT/, 'smallint'],
  [/^U?INTEGER/, 'integer'],
  [/^(?:U?BIGINT|U?HUGEINT)/, 'bigint'],
  [/^FLOAT/, 'float'],
  [/^DOUBLE/, 'double'],
  [/^DECIMAL/, 'decimal'],
  [/^DATE/, 'date'],
  [/^TIMESTAMP/, 'timestamp'],
];

function results(record: QueryRecord, most: number, token: string | undefined): object {
  if (record.status !== 'succeeded' || record.result === undefined)
    throw new AwsError(
      'InvalidRequestException',
      `Query has not yet finished. Current state: ${STATES[record.status]}`,
    );
  if (most < 1 || most > MAX_ROWS)
    throw new AwsError('InvalidRequestException', `MaxResults is 1 to ${MAX_ROWS}.`);
  const { columns, rows } = record.result;
  const header = isSelect(record.sql) ? [columns.map(({ name }) => name)] : [];
  const all = [...header, ...rows];
  const from = Number(token ?? 0);
  return {
    ResultSet: {
      Rows: all.slice(from, from + most).map((row) => ({
        Data: row.map((value) => (value === null ? {} : { VarCharValue: String(value) })),
      })),
      ResultSetMetadata: {
        ColumnInfo: columns.map(({ name, type }) => ({
          CatalogName: 'hive',
          Name: name,
          Type: TYPES.find(([pattern]) => pattern.test(type))?.[1] ?? 'varchar',
        })),
      },
    },
    UpdateCount: 0,
    ...(from + most < all.length ? { NextToken: String(from + most) } : {}),
  };
}

function csvOf({ result }: QueryRecord): string {
  const line = (row: readonly Scalar[]) =>
    row.map((value) => (value === null ? '' : `"${String(value).replaceAll('"', '""')}"`)).join(',');
  const { columns = [], rows = [] } = result ?? {};
  return `${[columns.map(({ name }) => name), ...rows].map(line).join('\n')}\n`;
}
