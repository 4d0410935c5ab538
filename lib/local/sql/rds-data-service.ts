/** The RDS Data API as far as statements need it, over DuckDB: REST with JSON, asked and answered at once. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { answerJson, readJson } from '../jobs/rest-json';
import { AwsError, type HttpService, type JsonService, type Principal } from '../service';
import type { LocalTableStore } from './local-tables';
import { runQuery, type QueryResult, type RunQueryProps, type Scalar } from './run-query';

interface Field {
  readonly stringValue?: string;
  readonly longValue?: number;
  readonly doubleValue?: number;
  readonly booleanValue?: boolean;
  readonly isNull?: boolean;
}

interface ExecuteInput {
  readonly resourceArn?: string;
  readonly secretArn?: string;
  readonly sql?: string;
  readonly parameters?: readonly {
    readonly name?: string;
    readonly value?: Field;
    readonly typeHint?: string;
  }[];
  readonly formatRecordsAs?: string;
}

export interface RdsDataOptions extends Pick<RunQueryProps, 'projectRoot' | 'readObject'> {
  readonly tables: LocalTableStore;
}

/** The service ends a statement that takes longer. */
const LIMIT_MS = 45_000;

export class RdsDataService implements HttpService, JsonService {
  /** Never asked for by that protocol. */
  readonly target = 'RdsDataService';
  readonly jsonVersion = '1.1';

  constructor(private readonly options: RdsDataOptions) {}

  async handle(request: IncomingMessage, response: ServerResponse, principal: Principal): Promise<void> {
    const path = (request.url ?? '').split('?')[0];
    await answerJson(response, async () => {
      if (path !== '/Execute')
        throw new AwsError('NotFoundException', `The RDS Data API's ${path ?? ''} is not served here.`, 404);
      return this.execute((await readJson(request)) as ExecuteInput, principal);
    });
  }

  /** As state machines ask: members begin small here, see `perform`. */
  async call(operation: string, input: unknown, principal: Principal): Promise<unknown> {
    if (operation !== 'ExecuteStatement')
      throw new AwsError('UnknownOperationException', `The RDS Data API's ${operation} is not served here.`);
    return this.execute(input as ExecuteInput, principal);
  }

  private async execute(input: ExecuteInput, principal: Principal): Promise<object> {
    const { sql = '', parameters = [], resourceArn = '', secretArn = '' } = input;
    if (resourceArn === '' || secretArn === '')
      throw new AwsError('BadRequestException', 'resourceArn and secretArn are needed.');
    let local;
    try {
      local = this.options.tables.find('aurora', sql, principal);
    } catch (error) {
      throw new AwsError('BadRequestException', error instanceof Error ? error.message : String(error));
    }
    const limit = new AbortController();
    const timer = setTimeout(() => limit.abort(), LIMIT_MS);
    const { projectRoot, readObject } = this.options;
    try {
      const values = Object.fromEntries(
        parameters.map(({ name = '', value = {} }) => [name, scalarOf(value)]),
      );
      const result = await runQuery({
        sql,
        local,
        parameters: values,
        projectRoot,
        readObject,
        signal: limit.signal,
      });
      return answerOf(result, sql, input.formatRecordsAs === 'JSON');
    } catch (error) {
      if (limit.signal.aborted) throw new AwsError('StatementTimeoutException', 'Request timed out');
      throw new AwsError(
        'BadRequestException',
        `ERROR: ${error instanceof Error ? error.message : String(error)}`,
      );
    } finally {
      clearTimeout(timer);
    }
  }
}

function scalarOf(field: Field): Scalar {
  return field.stringValue ?? field.longValue ?? field.doubleValue ?? field.booleanValue ?? null;
}

function answerOf({ columns, rows, changed }: QueryResult, sql: string, json: boolean): object {
  const selects = /^\s*(?:select|with|values|\()/i.test(sql);
  const objects = () =>
    rows.map((row) => Object.fromEntries(columns.map(({ name }, i) => [name, row[i] ?? null])));
  return {
    numberOfRecordsUpdated: selects ? 0 : changed,
    generatedFields: [],
    ...(selects
      ? json
        ? { formattedRecords: JSON.stringify(objects()) }
        : { records: rows.map((row) => row.map(fieldOf)) }
      : {}),
  };
}

function fieldOf(value: Scalar): Field {
  if (value === null) return { isNull: true };
  if (typeof value === 'boolean') return { booleanValue: value };
  if (typeof value === 'number')
    return Number.isSafeInteger(value) ? { longValue: value } : { doubleValue: value };
  return { stringValue: value };
}
