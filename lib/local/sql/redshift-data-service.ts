/** The Data API of Redshift, over DuckDB. */
import { AwsError, type JsonService, type Principal } from '../service';
import { QueryRunner, type QueryRecord, type QueryRunnerOptions } from './query-runner';
import type { Scalar } from './run-query';

interface ExecuteInput {
  readonly Sql?: string;
  readonly Parameters?: readonly { readonly name?: string; readonly value?: string }[];
  readonly ClientToken?: string;
  readonly StatementName?: string;
  readonly Database?: string;
  readonly WorkgroupName?: string;
  readonly ClusterIdentifier?: string;
}

const STATES = { running: 'STARTED', succeeded: 'FINISHED', failed: 'FAILED', cancelled: 'ABORTED' } as const;

export class RedshiftDataService implements JsonService {
  readonly target = 'RedshiftData';
  readonly jsonVersion = '1.1';
  private readonly runner: QueryRunner;

  constructor(options: Omit<QueryRunnerOptions, 'store'>) {
    this.runner = new QueryRunner(options);
  }

  async call(operation: string, input: unknown, principal: Principal): Promise<unknown> {
    const { Id: id = '' } = input as { Id?: string };
    switch (operation) {
      case 'ExecuteStatement':
        return this.execute(input as ExecuteInput, principal);
      case 'DescribeStatement':
        return describe(this.find(id));
      case 'CancelStatement':
        if (!this.runner.stop(this.find(id).id, 'redshift'))
          throw new AwsError(
            'ValidationException',
            `Could not cancel a query that is already in ${STATES[this.find(id).status]} state.`,
          );
        return { Status: true };
      case 'GetStatementResult':
        return results(this.find(id));
    }
    throw new AwsError(
      'UnknownOperationException',
      `The Redshift Data API's ${operation} is not served here.`,
    );
  }

  close(): Promise<void> {
    return this.runner.close();
  }

  private execute(input: ExecuteInput, principal: Principal): object {
    const { Sql: sql = '', Parameters = [], ClientToken, Database, WorkgroupName, ClusterIdentifier } = input;
    if ((WorkgroupName === undefined) === (ClusterIdentifier === undefined))
      throw new AwsError('ValidationException', 'Give WorkgroupName or ClusterIdentifier, one of them.');
    const empty = Parameters.find(({ name = '', value = '' }) => name === '' || value === '');
    if (empty !== undefined)
      throw new AwsError(
        'ValidationException',
        `The parameter '${empty.name ?? ''}' is empty; names and values have at least one character.`,
      );
    const record = this.runner.start(
      {
        service: 'redshift',
        sql,
        parameters: Object.fromEntries(Parameters.map(({ name = '', value = '' }) => [name, value])),
        request: input as Readonly<Record<string, unknown>>,
      },
      ClientToken,
      principal,
    );
    return {
      Id: record.id,
      CreatedAt: record.startedAt / 1000,
      Database,
      ...(WorkgroupName === undefined ? { ClusterIdentifier } : { WorkgroupName }),
    };
  }

  private find(id: string): QueryRecord {
    try {
      return this.runner.find(id, 'redshift');
    } catch {
      throw new AwsError('ResourceNotFoundException', `Query does not exist: ${id}.`);
    }
  }
}

function describe({ id, sql, status, startedAt, endedAt, error, result }: QueryRecord): object {
  return {
    Id: id,
    QueryString: sql,
    Status: STATES[status],
    HasResultSet: status === 'succeeded' && /^\s*(?:select|with|values|show|\()/i.test(sql),
    ResultRows: result === undefined ? -1 : Math.max(result.rows.length, result.changed),
    ResultSize: result === undefined ? -1 : JSON.stringify(result.rows).length,
    Duration: ((endedAt ?? Date.now()) - startedAt) * 1_000_000,
    CreatedAt: startedAt / 1000,
    UpdatedAt: (endedAt ?? startedAt) / 1000,
    ...(error === undefined ? {} : { Error: `ERROR: ${error}` }),
  };
}

function results({ status, result, sql }: QueryRecord): object {
  if (status !== 'succeeded' || result === undefined)
    throw new AwsError('ResourceNotFoundException', 'Query is not finished; it has no result.');
  if (/^\s*(?:insert|update|delete|create|copy|drop)/i.test(sql))
    throw new AwsError(
      'ResourceNotFoundException',
      'Query does not have result. Please check query status with DescribeStatement.',
    );
  return {
    ColumnMetadata: result.columns.map(({ name, type }) => ({
      name,
      label: name,
      typeName: type.toLowerCase(),
    })),
    Records: result.rows.map((row) => row.map(fieldOf)),
    TotalNumRows: result.rows.length,
  };
}

function fieldOf(value: Scalar): object {
  if (value === null) return { isNull: true };
  if (typeof value === 'boolean') return { booleanValue: value };
  if (typeof value === 'number')
    return Number.isSafeInteger(value) ? { longValue: value } : { doubleValue: value };
  return { stringValue: value };
}
