/** Athena, the Redshift Data API and the RDS Data API of the local cloud: over the wire, and under a machine as compiled. */
import { setTimeout as pause } from 'node:timers/promises';
import {
  AthenaClient,
  GetQueryExecutionCommand,
  GetQueryResultsCommand,
  StartQueryExecutionCommand,
  StopQueryExecutionCommand,
} from '@aws-sdk/client-athena';
import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { ExecuteStatementCommand, RDSDataClient } from '@aws-sdk/client-rds-data';
import {
  CancelStatementCommand,
  DescribeStatementCommand,
  ExecuteStatementCommand as RedshiftExecute,
  GetStatementResultCommand,
  RedshiftDataClient,
} from '@aws-sdk/client-redshift-data';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { DescribeExecutionCommand, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { athenaQuery, auroraQuery, pipeline, redshiftQuery, z } from '../../lib';
import { localTablesOf } from '../../lib/cloud/local-tables';
import { compile } from '../../lib/compiler/compile';
import { startTestCloud, type TestCloud } from '../support/local-cloud';

const ARN = 'arn:aws:rds:us-east-1:000000000000:cluster:shop';
const ATHENA_SQL = `SELECT country, count(*) AS orders, sum(total) AS total, bool_or(paid) AS paid
FROM shop.orders WHERE total >= ? AND country <> ? GROUP BY country ORDER BY country`;
const REDSHIFT_SQL =
  'SELECT country, total::double precision AS total FROM orders WHERE total >= :least ORDER BY total';
const AURORA_SQL = 'SELECT id, paid FROM orders WHERE day = CAST(:day AS DATE) ORDER BY id';
const SLOW = 'SELECT sum(a.range * b.range) FROM range(1000000) a, range(1000000) b';
const BROKEN = 'SELECT nothing FROM orders';

const LOCAL = {
  tables: { orders: 'test/local/fixtures/orders.csv', 'shop.orders': 'test/local/fixtures/orders.csv' },
};

const REPORT = compile(
  pipeline(
    {
      id: 'report',
      description: 'One query of each.',
      params: z.object({ least: z.number().default(10), sql: z.string().default('') }),
    },
    ({ params }) => {
      const counted = athenaQuery('athena', {
        sql: ATHENA_SQL,
        parameters: [params.least, "N'one"],
        database: 'shop',
        reads: ['raw/orders/'],
        row: z.object({ country: z.string(), orders: z.number(), total: z.number(), paid: z.boolean() }),
        local: LOCAL,
      });
      redshiftQuery('redshift', {
        sql: REDSHIFT_SQL,
        parameters: { least: counted.rows[0]!.total },
        workgroup: 'dwh',
        database: 'dev',
        local: LOCAL,
      });
      auroraQuery('aurora', {
        sql: AURORA_SQL,
        parameters: { day: '2026-01-02' },
        types: { day: 'DATE' },
        clusterArn: ARN,
        secretArn: `${ARN}-secret`,
        database: 'shop',
        local: LOCAL,
      });
    },
  ).model,
);

const TROUBLE = compile(
  pipeline({ id: 'trouble', description: 'Ends badly.' }, () => {
    athenaQuery('late', { sql: SLOW, database: 'shop', reads: [], local: LOCAL }, { timeout: 1 });
    athenaQuery('broken', { sql: BROKEN, database: 'shop', reads: [], local: LOCAL });
    redshiftQuery('nowhere', { sql: 'SELECT 1 AS one', workgroup: 'dwh', database: 'dev' });
  }).model,
);

let cloud: TestCloud;
let athena: AthenaClient;
let redshift: RedshiftDataClient;
let rds: RDSDataClient;
let sfn: SFNClient;
let dynamodb: DynamoDBClient;

beforeAll(async () => {
  const lambda = (name: string, id: string) => ({
    Type: 'AWS::Lambda::Function',
    Properties: {
      FunctionName: name,
      Runtime: 'nodejs24.x',
      Handler: 'index.handler',
      Role: 'arn:aws:iam::000000000000:role/x',
      Timeout: 10,
      MemorySize: 128,
      Code: { S3Key: `${id}.zip` },
    },
  });
  const machine = (name: string, compiled: typeof REPORT, extra: object = {}) => ({
    Type: 'AWS::StepFunctions::StateMachine',
    Metadata: { 'millrace:queries': { ...localTablesOf(compiled.queries), ...extra } },
    Properties: {
      StateMachineName: name,
      RoleArn: `arn:aws:iam::000000000000:role/${name}`,
      DefinitionString: JSON.stringify(compiled.definition),
      DefinitionSubstitutions: {
        Begin: { 'Fn::GetAtt': ['Begin', 'Arn'] },
        Finish: { 'Fn::GetAtt': ['Finish', 'Arn'] },
        OrchestrationTable: 'orchestration',
        DataBucket: 'data',
      },
    },
  });
  const byHand = localTablesOf(
    [SLOW, BROKEN].flatMap((sql) =>
      (['athena', 'redshift', 'aurora'] as const).map((engine) => ({ engine, sql, local: LOCAL })),
    ),
  );
  cloud = await startTestCloud(
    {
      Resources: {
        Bucket: { Type: 'AWS::S3::Bucket', Properties: { BucketName: 'data' } },
        Table: {
          Type: 'AWS::DynamoDB::Table',
          Properties: {
            TableName: 'orchestration',
            BillingMode: 'PAY_PER_REQUEST',
            AttributeDefinitions: ['pk', 'sk'].map((AttributeName) => ({
              AttributeName,
              AttributeType: 'S',
            })),
            KeySchema: [
              { AttributeName: 'pk', KeyType: 'HASH' },
              { AttributeName: 'sk', KeyType: 'RANGE' },
            ],
          },
        },
        Begin: lambda('begin', 'begin'),
        Finish: lambda('finish', 'finish'),
        Report: machine('report', REPORT, byHand),
        Trouble: machine('trouble', TROUBLE),
      },
    },
    {
      begin:
        "exports.handler = async ({ execution, input }) => ({ id: input.runId || execution.name, ds: '2026-01-01', params: { least: 10 } });",
      finish: "exports.handler = async ({ tasks }) => ({ status: 'success', tasks });",
    },
  );
  athena = new AthenaClient(cloud.client);
  redshift = new RedshiftDataClient(cloud.client);
  rds = new RDSDataClient(cloud.client);
  sfn = new SFNClient(cloud.client);
  dynamodb = new DynamoDBClient(cloud.client);
}, 30_000);
afterAll(async () => {
  for (const client of [athena, redshift, rds, sfn, dynamodb]) client.destroy();
  await cloud.remove();
});

const TOKEN = 'a'.repeat(32);
const start = (QueryString: string, more: object = {}) =>
  athena.send(
    new StartQueryExecutionCommand({
      QueryString,
      ResultConfiguration: { OutputLocation: 's3://data/athena/by-hand/' },
      ...more,
    }),
  );

async function athenaEnd(QueryExecutionId: string | undefined) {
  for (;;) {
    const { QueryExecution } = await athena.send(new GetQueryExecutionCommand({ QueryExecutionId }));
    if (!['QUEUED', 'RUNNING'].includes(QueryExecution?.Status?.State ?? '')) return QueryExecution;
    await pause(10);
  }
}

describe('Athena over the wire', () => {
  it('runs a query once per token, pages its rows and writes them to S3', async () => {
    const asked = { ExecutionParameters: ['20', "'N''one'"], ClientRequestToken: TOKEN };
    const { QueryExecutionId: id } = await start(ATHENA_SQL, asked);
    expect((await start(ATHENA_SQL, asked)).QueryExecutionId).toBe(id);
    await expect(start(ATHENA_SQL, { ...asked, ExecutionParameters: ['1', "'x'"] })).rejects.toMatchObject({
      name: 'InvalidRequestException',
    });
    expect(await athenaEnd(id)).toMatchObject({ Status: { State: 'SUCCEEDED' }, StatementType: 'DML' });
    const first = await athena.send(new GetQueryResultsCommand({ QueryExecutionId: id, MaxResults: 2 }));
    expect(first.ResultSet?.Rows?.map(({ Data }) => Data?.map((d) => d.VarCharValue))).toEqual([
      ['country', 'orders', 'total', 'paid'],
      ['DE', '2', '70.5', 'true'],
    ]);
    const rest = await athena.send(
      new GetQueryResultsCommand({ QueryExecutionId: id, NextToken: first.NextToken }),
    );
    expect(rest.ResultSet?.Rows?.map(({ Data }) => Data?.[0]?.VarCharValue)).toEqual(['FR']);
    const s3 = new S3Client({ ...cloud.client, forcePathStyle: true });
    const object = await s3.send(
      new GetObjectCommand({ Bucket: 'data', Key: `athena/by-hand/${id ?? ''}.csv` }),
    );
    expect(await object.Body?.transformToString()).toBe(
      'country,orders,total,paid\n"DE","2","70.5","true"\n"FR","1","30","false"\n'.replace(
        'country,orders,total,paid',
        '"country","orders","total","paid"',
      ),
    );
    s3.destroy();
  });

  it('a statement that fails says why, one that is stopped is cancelled, one of nobody is refused', async () => {
    const failed = await athenaEnd((await start(BROKEN)).QueryExecutionId);
    expect(failed?.Status).toMatchObject({
      State: 'FAILED',
      StateChangeReason: expect.stringContaining("'nothing'") as unknown,
    });
    const { QueryExecutionId: id } = await start(SLOW);
    await athena.send(new StopQueryExecutionCommand({ QueryExecutionId: id }));
    expect((await athenaEnd(id))?.Status?.State).toBe('CANCELLED');
    await expect(start('SELECT 1')).rejects.toThrow("Add local: { tables: { orders: 'data/orders.csv' } }");
    await expect(start(SLOW, { ResultConfiguration: {} })).rejects.toThrow('No output location');
    await expect(start(ATHENA_SQL, { ExecutionParameters: ['1', 'N; DROP TABLE x'] })).rejects.toThrow(
      'no constant of SQL',
    );
  });
});

describe('the Data APIs over the wire', () => {
  const asked = { Sql: REDSHIFT_SQL, WorkgroupName: 'dwh', Database: 'dev' };

  it('Redshift: execute, describe, results, cancel', async () => {
    const { Id } = await redshift.send(
      new RedshiftExecute({ ...asked, Parameters: [{ name: 'least', value: '30' }] }),
    );
    let status;
    do {
      status = await redshift.send(new DescribeStatementCommand({ Id }));
    } while (status.Status === 'STARTED');
    expect(status).toMatchObject({ Status: 'FINISHED', HasResultSet: true, ResultRows: 2 });
    const { Records, ColumnMetadata } = await redshift.send(new GetStatementResultCommand({ Id }));
    expect(ColumnMetadata?.map(({ name }) => name)).toEqual(['country', 'total']);
    expect(Records).toEqual([
      [{ stringValue: 'FR' }, { longValue: 30 }],
      [{ stringValue: 'DE' }, { doubleValue: 50.5 }],
    ]);
    const slow = await redshift.send(new RedshiftExecute({ ...asked, Sql: SLOW }));
    await redshift.send(new CancelStatementCommand({ Id: slow.Id ?? '' }));
    expect(await redshift.send(new DescribeStatementCommand({ Id: slow.Id }))).toMatchObject({
      Status: 'ABORTED',
    });
    await expect(redshift.send(new CancelStatementCommand({ Id: slow.Id ?? '' }))).rejects.toThrow('ABORTED');
    await expect(
      redshift.send(new RedshiftExecute({ ...asked, Parameters: [{ name: 'least', value: '' }] })),
    ).rejects.toThrow('is empty');
    await expect(redshift.send(new DescribeStatementCommand({ Id: 'x' }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
  });

  it('Aurora: typed values in, rows out', async () => {
    const common = { resourceArn: ARN, secretArn: `${ARN}-secret`, database: 'shop' };
    const answer = await rds.send(
      new ExecuteStatementCommand({
        ...common,
        sql: AURORA_SQL,
        parameters: [{ name: 'day', value: { stringValue: '2026-01-01' }, typeHint: 'DATE' }],
        formatRecordsAs: 'JSON',
      }),
    );
    expect(JSON.parse(answer.formattedRecords ?? '')).toEqual([
      { id: 1, paid: true },
      { id: 2, paid: false },
    ]);
    await expect(rds.send(new ExecuteStatementCommand({ ...common, sql: BROKEN }))).rejects.toMatchObject({
      name: 'BadRequestException',
    });
  });
});

async function run(name: string, runId?: string, machine = 'report') {
  const { executionArn } = await sfn.send(
    new StartExecutionCommand({
      stateMachineArn: `arn:aws:states:us-east-1:000000000000:stateMachine:${machine}`,
      name,
      input: JSON.stringify(runId === undefined ? {} : { runId }),
    }),
  );
  for (;;) {
    const end = await sfn.send(new DescribeExecutionCommand({ executionArn }));
    if (end.status !== 'RUNNING') return JSON.parse(end.output ?? '{}') as { tasks: Record<string, string> };
    await pause(20);
  }
}

async function recordOf(runId: string, task: string) {
  const { Item } = await dynamodb.send(
    new GetItemCommand({
      TableName: 'orchestration',
      Key: { pk: { S: `RUN#${runId}` }, sk: { S: `TASK#${task}` } },
    }),
  );
  return Item;
}

async function resultOf(runId: string, task: string): Promise<unknown> {
  const record = await recordOf(runId, task);
  return JSON.parse(record?.['resultText']?.S ?? 'null');
}

it('a pipeline as compiled runs on DuckDB; its rerun asks nothing again', async () => {
  expect(await run('one')).toMatchObject({
    tasks: { athena: 'success', redshift: 'success', aurora: 'success' },
  });
  const athenaResult = (await resultOf('one', 'athena')) as { queryId: string };
  expect(athenaResult).toMatchObject({
    rows: [
      { country: 'DE', orders: 2, total: 70.5, paid: true },
      { country: 'FR', orders: 1, total: 30, paid: false },
    ],
    truncated: false,
    location: expect.stringMatching(/^s3:\/\/data\/athena\/report\/.+\.csv$/) as unknown,
  });
  expect(await resultOf('one', 'redshift')).toMatchObject({ rows: [], rowCount: 0 });
  expect(await resultOf('one', 'aurora')).toEqual({ rows: [{ id: 3, paid: false }], updated: 0 });
  await run('two', 'one');
  expect(await resultOf('one', 'athena')).toEqual(athenaResult);
}, 20_000);

it('a query that takes too long is stopped, one that fails says why, one without tables says what to add', async () => {
  const { tasks } = await run('bad', undefined, 'trouble');
  expect(tasks).toEqual({ late: 'failed', broken: 'failed', nowhere: 'failed' });
  const error = async (task: string) => {
    const record = await recordOf('bad', task);
    return [record?.['status']?.S, record?.['error']?.M?.['name']?.S, record?.['error']?.M?.['message']?.S];
  };
  expect(await error('late')).toEqual([
    'failed',
    'States.Timeout',
    expect.stringContaining('not done after 1 s and has been stopped'),
  ]);
  expect(await error('broken')).toEqual([
    'failed',
    'States.TaskFailed',
    expect.stringContaining("Referenced column 'nothing' not found"),
  ]);
  expect(await error('nowhere')).toEqual([
    'failed',
    'RedshiftData.InvalidRequestException',
    expect.stringContaining("Add local: { tables: { orders: 'data/orders.csv' } }"),
  ]);
}, 20_000);
