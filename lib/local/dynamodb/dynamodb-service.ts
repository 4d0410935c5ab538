/** Amazon DynamoDB on this machine, as far as SDK clients see it. One file per group of operations; this one dispatches. */
import type { RootDatabase } from 'lmdb';
import { AwsError, type JsonService, type Principal } from '../service';
import { invalid } from './expression-parser';
import type { DynamoDbContext } from './context';
import { ItemStore } from './item-store';
import { batchGet, batchWrite, deleteItem, getItem, putItem, updateItem } from './item-operations';
import { query, scan } from './query-operations';
import {
  createTable,
  deleteTable,
  describeTable,
  listTables,
  tableDescription,
  updateTimeToLive,
} from './table-operations';
import { transactGet, transactWrite } from './transaction-operations';

type Operation = (context: DynamoDbContext, input: never) => unknown;

const OPERATIONS: Readonly<Record<string, Operation>> = {
  CreateTable: createTable,
  DeleteTable: deleteTable,
  DescribeTable: describeTable,
  ListTables: listTables,
  UpdateTimeToLive: updateTimeToLive,
  DescribeTimeToLive: (context, input: { TableName: string }) => {
    const { ttlAttribute } = context.table(input.TableName);
    return {
      TimeToLiveDescription:
        ttlAttribute === undefined
          ? { TimeToLiveStatus: 'DISABLED' }
          : { TimeToLiveStatus: 'ENABLED', AttributeName: ttlAttribute },
    };
  },
  GetItem: getItem,
  PutItem: putItem,
  UpdateItem: updateItem,
  DeleteItem: deleteItem,
  BatchGetItem: batchGet,
  BatchWriteItem: batchWrite,
  Query: query,
  Scan: scan,
  TransactWriteItems: transactWrite,
  TransactGetItems: transactGet,
};

export class DynamoDbService implements JsonService {
  readonly target = 'DynamoDB_20120810';
  readonly jsonVersion = '1.0';
  private readonly context: DynamoDbContext;

  constructor(options: {
    readonly root: RootDatabase;
    readonly account?: string;
    readonly region?: string;
    /** Milliseconds since 1970, by which items expire. @default real time */
    readonly now?: () => number;
  }) {
    const store = new ItemStore(options.root, options.now);
    this.context = {
      store,
      account: options.account ?? '000000000000',
      region: options.region ?? 'us-east-1',
      table: (nameOrArn) => {
        const name = nameOrArn?.split('table/').at(-1)?.split('/')[0] ?? '';
        const table = store.tables.get(name);
        if (table === undefined)
          throw new AwsError(
            'ResourceNotFoundException',
            `Requested resource not found: Table: ${name} not found`,
          );
        return table;
      },
    };
  }

  async call(operation: string, input: unknown, _principal: Principal): Promise<unknown> {
    const run = OPERATIONS[operation];
    if (run === undefined)
      throw new AwsError('UnknownOperationException', `DynamoDB ${operation} is not served here.`);
    if (typeof input !== 'object' || input === null) throw invalid('The request body is not an object.');
    return run(this.context, input as never);
  }

  /** For deployments: the table as it stands, or nothing. */
  describe(name: string): object | undefined {
    const table = this.context.store.tables.get(name);
    return table === undefined ? undefined : tableDescription(this.context, table);
  }
}
