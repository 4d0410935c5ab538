/** Queries of AWS's databases: the states, and what they do when the services answer, fail, throttle or take too long. */
import { compile as compileModel } from '../../lib/compiler/compile';
import { athenaQuery, auroraQuery, map, pipeline, redshiftQuery, seconds, z } from '../../lib';
import { machineFaults } from '../cloud/support/validate-machine';
import { AwsError } from '../../lib/local/service';
import { StatesError } from '../../lib/local/stepfunctions/states-error';
import { QueryMachine, type Played } from '../support/query-machine';

const compile = ({ model }: ReturnType<typeof pipeline>) => compileModel(model);
const machine = new QueryMachine();
beforeAll(() => machine.open());
afterAll(() => machine.close());

const SQL = 'SELECT day, count(*) AS orders FROM orders WHERE country = ? AND day < DATE(?) -- why?';
const athena = (options: object = {}, input: object = {}) =>
  compile(
    pipeline(
      {
        id: 'sales',
        description: 'Counts orders.',
        params: z.object({ country: z.string().default("Côte d'Ivoire") }),
      },
      ({ params, run }) => {
        athenaQuery(
          'count',
          {
            sql: SQL,
            parameters: [params.country, run.ds],
            database: 'shop',
            reads: ['raw/orders/'],
            tables: ['orders'],
            ...input,
          },
          { timeout: seconds(100), ...options },
        );
      },
    ),
  );
const redshift = (options: object = {}) =>
  compile(
    pipeline(
      { id: 'dwh', description: 'Loads.', params: z.object({ least: z.number().default(3) }) },
      ({ params }) => {
        redshiftQuery(
          'load',
          {
            sql: "SELECT name, n::int, ':no' FROM sums WHERE n >= :least",
            parameters: { least: params.least },
            workgroup: 'dwh',
            database: 'dev',
          },
          { timeout: seconds(60), ...options },
        );
      },
    ),
  );
const CLUSTER = 'arn:aws:rds:eu-central-1:000000000000:cluster:shop';
const SECRET = 'arn:aws:secretsmanager:eu-central-1:000000000000:secret:shop-AbCdEf';
const aurora = (options: object = {}) =>
  compile(
    pipeline(
      {
        id: 'shop',
        description: 'Writes.',
        params: z.object({
          n: z.number().default(2),
          x: z.number().default(0.5),
          on: z.boolean().default(true),
        }),
      },
      ({ params, run }) => {
        auroraQuery(
          'write',
          {
            sql: 'UPDATE t SET n = :n, x = :x, up = :on, note = :none WHERE day = :day',
            parameters: { n: params.n, x: params.x, on: params.on, none: null, day: run.ds },
            types: { day: 'DATE' },
            clusterArn: CLUSTER,
            secretArn: SECRET,
            database: 'shop',
          },
          options,
        );
      },
    ),
  );

const EXECUTION = {
  QueryExecutionId: 'q-1',
  StatementType: 'DML',
  ResultConfiguration: { OutputLocation: 's3://data/athena/sales/q-1.csv' },
  Statistics: { DataScannedInBytes: 1234, TotalExecutionTimeInMillis: 56 },
  Status: { State: 'SUCCEEDED' },
};
const cell = (value: string | null) => (value === null ? {} : { VarCharValue: value });
const row = (...values: (string | null)[]) => ({ Data: values.map(cell) });
const RESULTS = {
  ResultSet: {
    Rows: [row('day', 'orders', 'ok'), row('2026-01-01', '3', 'true'), row(null, '1.5', null)],
    ResultSetMetadata: {
      ColumnInfo: [
        { Name: 'day', Type: 'date' },
        { Name: 'orders', Type: 'double' },
        { Name: 'ok', Type: 'boolean' },
      ],
    },
  },
};
const ROWS = [
  { day: '2026-01-01', orders: 3, ok: true },
  { day: null, orders: 1.5, ok: null },
];

const answering =
  (answers: Readonly<Record<string, unknown>>): Played =>
  (call) => {
    const answer = answers[call.operation];
    if (answer === undefined) throw new Error(`Nobody expects ${call.operation}.`);
    return typeof answer === 'function' ? (answer as Played)(call) : answer;
  };

describe('Athena', () => {
  it('is asked by .sync with bound values, a token and a place for the result', () => {
    const { definition, integrations } = athena();
    expect(machineFaults(definition)).toBe('');
    const state = definition.States['count'];
    if (state?.Type !== 'Parallel') throw new Error('It is the only branch of a Parallel.');
    const query = state.Branches[0]?.States['query count'];
    expect(query).toMatchObject({
      Type: 'Task',
      Resource: 'arn:aws:states:::athena:startQueryExecution.sync',
      TimeoutSeconds: 100,
      Arguments: {
        QueryString: SQL,
        WorkGroup: 'primary',
        QueryExecutionContext: { Database: 'shop', Catalog: 'AwsDataCatalog' },
        ResultConfiguration: { OutputLocation: 's3://${DataBucket}/athena/sales/' },
        ClientRequestToken: '{% $count__token %}',
      },
    });
    expect(JSON.stringify(query)).not.toContain('Ivoire');
    expect(integrations.map(({ kind }) => kind)).toEqual(['query', 'call']);
    expect(JSON.stringify(integrations)).toContain('{data-bucket}/athena/sales/*');
    expect(JSON.stringify(integrations)).not.toContain('{pipeline}');
  });

  it('may change tables only when it writes, and ask Lake Formation only when it says so', () => {
    const actions = (input: object) => JSON.stringify(athena({}, input).integrations);
    expect(actions({})).not.toMatch(/glue:CreateTable|lakeformation/);
    expect(actions({ writes: ['curated/orders/'] })).toContain('glue:CreateTable');
    expect(actions({ writes: ['curated/orders/'] })).toContain('{data-bucket}/curated/orders/*');
    expect(actions({ lakeFormation: true })).toContain('lakeformation:GetDataAccess');
  });

  it('answers with rows by the types of their columns; texts are bound as constants', async () => {
    const { calls, output, record, status } = await machine.run(
      athena(),
      answering({
        'athena:startQueryExecution.sync': { QueryExecution: EXECUTION },
        GetQueryResults: RESULTS,
      }),
    );
    expect(status).toBe('SUCCEEDED');
    expect(output['count']).toEqual({
      queryId: 'q-1',
      rows: ROWS,
      truncated: false,
      location: 's3://data/athena/sales/q-1.csv',
      scannedBytes: 1234,
      milliseconds: 56,
    });
    expect(calls[0]?.input).toMatchObject({
      ExecutionParameters: ["'Côte d''Ivoire'", "'2026-01-01'"],
      ClientRequestToken: expect.stringMatching(/^[0-9a-f]{64}$/) as unknown,
    });
    expect(calls[1]?.input).toEqual({ QueryExecutionId: 'q-1', MaxResults: 101 });
    expect(await record('count')).toMatchObject({ status: 'success', attempt: 1, task: 'count' });
  });

  it.each([
    ['no rows', { Rows: [row('n')] }, []],
    ['one row', { Rows: [row('n'), row('7')] }, [{ n: 7 }]],
    ['no header, as of SHOW', { Rows: [row('7')] }, [{ n: 7 }], 'UTILITY'],
    ['nothing at all', { Rows: [] }, []],
  ])('takes %s', async (_what, set, rows, StatementType = 'DML') => {
    const ResultSet = { ...set, ResultSetMetadata: { ColumnInfo: [{ Name: 'n', Type: 'integer' }] } };
    const { output } = await machine.run(
      athena(),
      answering({
        'athena:startQueryExecution.sync': { QueryExecution: { ...EXECUTION, StatementType } },
        GetQueryResults: { ResultSet, NextToken: 'more' },
      }),
    );
    expect(output['count']).toMatchObject({ rows, truncated: true });
  });

  it('takes no rows when none are wanted', async () => {
    const { calls, output } = await machine.run(
      athena({}, { maxRows: 0 }),
      answering({ 'athena:startQueryExecution.sync': { QueryExecution: EXECUTION } }),
    );
    expect(calls).toHaveLength(1);
    expect(output['count']).toMatchObject({ rows: [], location: 's3://data/athena/sales/q-1.csv' });
  });

  it('a query that fails is recorded with its reason and tried again under another token', async () => {
    const failed = {
      ...EXECUTION,
      Status: { State: 'FAILED', StateChangeReason: 'line 1:8: no such column' },
    };
    let asked = 0;
    const { calls, status, record } = await machine.run(
      athena({ retries: 1, retryDelay: 5 }),
      answering({
        'athena:startQueryExecution.sync': () => {
          if (asked++ === 0)
            throw new StatesError('States.TaskFailed', JSON.stringify({ QueryExecution: failed }));
          return { QueryExecution: EXECUTION };
        },
        GetQueryResults: RESULTS,
      }),
    );
    expect(status).toBe('SUCCEEDED');
    const tokens = calls.flatMap(
      ({ input }) => (input as { ClientRequestToken?: string }).ClientRequestToken ?? [],
    );
    expect(new Set(tokens).size).toBe(2);
    expect(await record('count')).toMatchObject({ status: 'success', attempt: 2 });
  });

  it('fails for good with the reason of the service', async () => {
    const failed = {
      QueryExecution: { Status: { State: 'FAILED', StateChangeReason: 'line 1:8: no such column' } },
    };
    const { status, record, error } = await machine.run(
      athena(),
      answering({
        'athena:startQueryExecution.sync': () => {
          throw new StatesError('States.TaskFailed', JSON.stringify(failed));
        },
      }),
    );
    expect(status).toBe('FAILED');
    expect(error('count')).toEqual({ Error: 'States.TaskFailed', Cause: 'line 1:8: no such column' });
    expect(await record('count')).toMatchObject({
      status: 'failed',
      error: { name: 'States.TaskFailed', message: 'line 1:8: no such column' },
    });
  });

  it('throttling is waited out under the same token', async () => {
    let asked = 0;
    const { calls, status } = await machine.run(
      athena(),
      answering({
        'athena:startQueryExecution.sync': () => {
          if (asked++ < 3) throw new StatesError('Athena.TooManyRequestsException', 'Rate exceeded');
          return { QueryExecution: EXECUTION };
        },
        GetQueryResults: RESULTS,
      }),
    );
    expect(status).toBe('SUCCEEDED');
    expect(calls).toHaveLength(5);
    expect(new Set(calls.slice(0, 4).map(({ input }) => JSON.stringify(input))).size).toBe(1);
  });

  it('a query whose time is up is stopped', async () => {
    const {
      calls,
      status,
      error,
      seconds: took,
    } = await machine.run(
      athena(),
      answering({
        'athena:startQueryExecution.sync': () => machine.never(),
        StartQueryExecution: { QueryExecutionId: 'q-1' },
        StopQueryExecution: {},
      }),
    );
    expect(status).toBe('FAILED');
    expect(took).toBe(100);
    expect(calls.map(({ operation }) => operation)).toEqual([
      'athena:startQueryExecution.sync',
      'StartQueryExecution',
      'StopQueryExecution',
    ]);
    expect(calls[1]?.input).toEqual(calls[0]?.input);
    expect(calls[2]?.input).toEqual({ QueryExecutionId: 'q-1' });
    expect(error('count')).toMatchObject({
      Error: 'States.Timeout',
      Cause: expect.stringContaining('not done after 100 s and has been stopped') as unknown,
    });
  });

  it('is not asked again by a rerun of the run', async () => {
    const answers = answering({
      'athena:startQueryExecution.sync': { QueryExecution: EXECUTION },
      GetQueryResults: RESULTS,
    });
    const first = await machine.run(athena(), answers);
    const again = await machine.run(athena(), answers, { runId: first.runId });
    expect(again.status).toBe('SUCCEEDED');
    expect(again.calls).toEqual([]);
    expect(again.output).toEqual(first.output);
  });
});

describe('queries in maps and in pipelines that stop at the first failure', () => {
  const each = (mode: 'inline' | 'distributed', failureMode: 'continue' | 'failFast' = 'continue') =>
    compile(
      pipeline({ id: 'many', description: 'A query for each.', failureMode }, () => {
        map(
          'days',
          ['2026-01-01', '2026-01-02'],
          (day) =>
            athenaQuery('count', {
              sql: 'SELECT count(*) AS n FROM orders WHERE day = CAST(? AS DATE)',
              parameters: [day],
              database: 'shop',
              reads: ['raw/orders/'],
            }).queryId,
          { mode },
        );
      }),
    );

  it.each(['inline', 'distributed'] as const)(
    'each item has a query and a record of its own: %s',
    async (mode) => {
      const compiled = each(mode);
      expect(machineFaults(compiled.definition)).toBe('');
      let asked = 0;
      const { status, output, record, calls, runId } = await machine.run(
        compiled,
        answering({
          'athena:startQueryExecution.sync': () => ({
            QueryExecution: { ...EXECUTION, QueryExecutionId: `q-${String(asked++)}` },
          }),
          GetQueryResults: RESULTS,
        }),
      );
      expect(status).toBe('SUCCEEDED');
      const tokens = calls.flatMap(
        ({ input }) => (input as { ClientRequestToken?: string }).ClientRequestToken ?? [],
      );
      expect([tokens.length, new Set(tokens).size]).toEqual([2, 2]);
      expect(await record('days/count[1]')).toMatchObject({ status: 'success' });
      const again = await machine.run(compiled, answering({}), { runId });
      expect([again.calls, again.output]).toEqual([[], output]);
    },
  );

  it('the machine fails with the reason of the service', async () => {
    const { status, cause } = await machine.run(
      each('inline', 'failFast'),
      answering({
        'athena:startQueryExecution.sync': () => {
          throw new StatesError('States.TaskFailed', '{"StateChangeReason":"no such table"}');
        },
      }),
    );
    expect([status, cause]).toEqual(['FAILED', 'no such table']);
  });
});

describe('Redshift', () => {
  const DONE = { Id: 's-1', Status: 'FINISHED', HasResultSet: true, ResultRows: 2, Duration: 12_000_000 };
  const RECORDS = {
    ColumnMetadata: [{ Name: 'name' }, { Name: 'n' }, { Name: 'ok' }],
    Records: [
      [{ StringValue: 'a' }, { LongValue: 3 }, { BooleanValue: false }],
      [{ IsNull: true }, { DoubleValue: 0.5 }, { BooleanValue: true }],
    ],
  };
  const ROWS_OF_RECORDS = [
    { name: 'a', n: 3, ok: false },
    { name: null, n: 0.5, ok: true },
  ];

  it('is asked, looked at until it has ended, and its rows are taken', async () => {
    expect(machineFaults(redshift().definition)).toBe('');
    const looks = ['SUBMITTED', 'PICKED', 'STARTED', 'FINISHED'];
    const {
      calls,
      output,
      status,
      seconds: took,
      record,
    } = await machine.run(
      redshift(),
      answering({
        ExecuteStatement: { Id: 's-1' },
        DescribeStatement: () => ({ ...DONE, Status: looks.shift() }),
        GetStatementResult: RECORDS,
      }),
    );
    expect(status).toBe('SUCCEEDED');
    expect(output['load']).toEqual({ queryId: 's-1', rows: ROWS_OF_RECORDS, rowCount: 2, milliseconds: 12 });
    expect(calls[0]?.input).toEqual({
      Sql: "SELECT name, n::int, ':no' FROM sums WHERE n >= :least",
      Parameters: [{ Name: 'least', Value: '3' }],
      WorkgroupName: 'dwh',
      Database: 'dev',
      ClientToken: expect.stringMatching(/^[0-9a-f]{64}$/) as unknown,
      StatementName: 'dwh/load',
    });
    // 1, 2, 3 and 4 seconds.
    expect(took).toBe(10);
    expect(await record('load')).toMatchObject({ status: 'success', attempt: 1 });
  });

  it('a statement without rows answers how many it changed', async () => {
    const { output } = await machine.run(
      redshift(),
      answering({ ExecuteStatement: { Id: 's-1' }, DescribeStatement: { ...DONE, HasResultSet: false } }),
    );
    expect(output['load']).toEqual({ queryId: 's-1', rows: [], rowCount: 2, milliseconds: 12 });
  });

  it('fails with the words of the database', async () => {
    const { status, error } = await machine.run(
      redshift(),
      answering({
        ExecuteStatement: { Id: 's-1' },
        DescribeStatement: { Id: 's-1', Status: 'FAILED', Error: 'ERROR: relation "sums" does not exist' },
      }),
    );
    expect(status).toBe('FAILED');
    expect(error('load')).toEqual({
      Error: 'Millrace.QueryFailed',
      Cause: 'The statement ended as FAILED: ERROR: relation "sums" does not exist',
    });
  });

  it('throttling is waited out; a statement whose time is up is cancelled', async () => {
    let asked = 0;
    const {
      calls,
      status,
      error,
      seconds: took,
    } = await machine.run(
      redshift(),
      answering({
        ExecuteStatement: () => {
          if (asked++ === 0) throw new AwsError('ActiveStatementsExceededException', 'Too many');
          return { Id: 's-1' };
        },
        DescribeStatement: { Id: 's-1', Status: 'STARTED' },
        CancelStatement: { Status: true },
      }),
    );
    expect(status).toBe('FAILED');
    expect(calls[0]?.input).toEqual(calls[1]?.input);
    expect(calls.at(-1)).toMatchObject({ operation: 'CancelStatement', input: { Id: 's-1' } });
    expect(took).toBeGreaterThan(60);
    expect(took).toBeLessThan(95);
    expect(error('load')?.Error).toBe('States.Timeout');
  });

  it('a statement that still runs when its execution was stopped is gone on with, not asked again', async () => {
    const stopped = await machine.run(
      redshift(),
      answering({ ExecuteStatement: { Id: 's-1' }, DescribeStatement: () => machine.abort() }),
    );
    expect(stopped.status).toBe('ABORTED');
    const answers = { DescribeStatement: DONE, GetStatementResult: RECORDS };
    const again = await machine.run(redshift(), answering(answers), { runId: stopped.runId });
    expect(again.status).toBe('SUCCEEDED');
    expect(again.calls.map(({ operation }) => operation)).toEqual([
      'DescribeStatement',
      'GetStatementResult',
    ]);
    expect(again.output['load']).toMatchObject({ queryId: 's-1', rows: ROWS_OF_RECORDS });
    const third = await machine.run(redshift(), answering({}), { runId: stopped.runId });
    expect(third.calls).toEqual([]);
  });

  it('with other parameters it is another statement', async () => {
    const stopped = await machine.run(
      redshift(),
      answering({ ExecuteStatement: { Id: 's-1' }, DescribeStatement: () => machine.abort() }),
    );
    const answers = { ExecuteStatement: { Id: 's-2' }, DescribeStatement: { ...DONE, HasResultSet: false } };
    const again = await machine.run(redshift(), answering(answers), {
      runId: stopped.runId,
      params: { least: 4 },
    });
    expect(again.output['load']).toMatchObject({ queryId: 's-2' });
  });
});

describe('Aurora', () => {
  it('is asked with typed values and answers with rows', async () => {
    expect(machineFaults(aurora().definition)).toBe('');
    const { calls, output, status } = await machine.run(
      aurora(),
      answering({
        ExecuteStatement: { FormattedRecords: '[{"a":1},{"a":null}]', NumberOfRecordsUpdated: 0 },
      }),
    );
    expect(status).toBe('SUCCEEDED');
    expect(output['write']).toEqual({ rows: [{ a: 1 }, { a: null }], updated: 0 });
    expect(calls[0]?.input).toEqual({
      Sql: 'UPDATE t SET n = :n, x = :x, up = :on, note = :none WHERE day = :day',
      Parameters: [
        { Name: 'n', Value: { LongValue: 2 } },
        { Name: 'x', Value: { DoubleValue: 0.5 } },
        { Name: 'on', Value: { BooleanValue: true } },
        { Name: 'none', Value: { IsNull: true } },
        { Name: 'day', Value: { StringValue: '2026-01-01' }, TypeHint: 'DATE' },
      ],
      ResourceArn: CLUSTER,
      SecretArn: SECRET,
      Database: 'shop',
      FormatRecordsAs: 'JSON',
    });
  });

  it('waits while the cluster wakes up, fails with its words, and is not asked again by a rerun', async () => {
    let asked = 0;
    const first = await machine.run(
      aurora(),
      answering({
        ExecuteStatement: () => {
          if (asked++ < 2) throw new AwsError('DatabaseResumingException', 'waking up');
          return { NumberOfRecordsUpdated: 4 };
        },
      }),
    );
    expect(first.output['write']).toEqual({ rows: [], updated: 4 });
    expect((await machine.run(aurora(), answering({}), { runId: first.runId })).output).toEqual(first.output);
    const failed = await machine.run(
      aurora(),
      answering({
        ExecuteStatement: () => {
          throw new AwsError('BadRequestException', 'ERROR: syntax');
        },
      }),
    );
    expect(failed.error('write')).toEqual({ Error: 'RdsData.BadRequestException', Cause: 'ERROR: syntax' });
  });
});

/** Members of a structure in a client's description of the service; `$` marks such descriptions. */
function unknownMembers(schema: unknown, value: unknown, path = ''): string[] {
  const resolved = typeof schema === 'function' ? (schema as () => unknown)() : schema;
  if (Array.isArray(value)) {
    const list = Array.isArray(resolved) && resolved[0] === 1 ? (resolved[4] as unknown) : undefined;
    const item =
      Array.isArray(list) && list.length === 2 && !Array.isArray(list[0]) ? (list[0] as unknown) : list;
    return value.flatMap((entry, i) => unknownMembers(item, entry, `${path}[${i}]`));
  }
  if (typeof value !== 'object' || value === null || !Array.isArray(resolved)) return [];
  const names = resolved[4] as readonly string[];
  const types = resolved[5] as readonly unknown[];
  return Object.entries(value).flatMap(([name, member]) => {
    const i = names.findIndex((known) => known.toLowerCase() === name.toLowerCase());
    if (i < 0) return [`${path}.${name}`];
    const type = types[i];
    const inner = Array.isArray(type) && typeof type[0] === 'function' ? (type[0] as unknown) : type;
    return unknownMembers(inner, member, `${path}.${name}`);
  });
}

describe("each request against the service's published description", () => {
  it('has no member that the service does not know', async () => {
    const { StartQueryExecutionInput$, GetQueryResultsInput$ } = await import('@aws-sdk/client-athena');
    const redshiftData = await import('@aws-sdk/client-redshift-data');
    const rdsData = await import('@aws-sdk/client-rds-data');
    const known: Readonly<Record<string, unknown>> = {
      'athena:startQueryExecution.sync': StartQueryExecutionInput$,
      GetQueryResults: GetQueryResultsInput$,
      'redshift ExecuteStatement': redshiftData.ExecuteStatementInput$,
      DescribeStatement: redshiftData.DescribeStatementRequest$,
      GetStatementResult: redshiftData.GetStatementResultRequest$,
      'aurora ExecuteStatement': rdsData.ExecuteStatementRequest$,
    };
    const done = { Id: 's-1', Status: 'FINISHED', HasResultSet: true, ResultRows: 0, Duration: 1 };
    const answers = {
      'athena:startQueryExecution.sync': { QueryExecution: EXECUTION },
      GetQueryResults: RESULTS,
      ExecuteStatement: { Id: 's-1', NumberOfRecordsUpdated: 0 },
      DescribeStatement: done,
      GetStatementResult: { ColumnMetadata: [], Records: [] },
    };
    let checked = 0;
    for (const [engine, compiled] of Object.entries({
      athena: athena(),
      redshift: redshift(),
      aurora: aurora(),
    }))
      for (const { operation, input } of (await machine.run(compiled, answering(answers))).calls) {
        const schema = known[operation] ?? known[`${engine} ${operation}`];
        expect([operation, Array.isArray(schema)]).toEqual([operation, true]);
        expect([operation, unknownMembers(schema, input)]).toEqual([operation, []]);
        // The check itself can tell.
        expect(unknownMembers(schema, { ...(input as object), Nonsense: 1 })).toEqual(['.Nonsense']);
        checked++;
      }
    expect(checked).toBe(6);
  });
});

describe('what is refused before deployment', () => {
  const codes = (make: () => unknown): string[] => {
    try {
      make();
      return [];
    } catch (error) {
      return ((error as { diagnostics?: { code: string }[] }).diagnostics ?? []).map(({ code }) => code);
    }
  };

  it('values that do not match the statement, too many rows, too long, foreign files', () => {
    expect(codes(() => athena({}, { parameters: [1] }))).toEqual(['MR330']);
    expect(codes(() => athena({}, { maxRows: 1000 }))).toEqual(['MR332']);
    expect(codes(() => aurora({ timeout: 60 }))).toEqual(['MR333']);
    expect(codes(() => athena({}, { local: { tables: { orders: '../secret.csv' } } }))).toEqual(['MR334']);
    const named = () =>
      compile(
        pipeline({ id: 'p', description: 'P.' }, () => {
          redshiftQuery('q', {
            sql: 'SELECT :a',
            parameters: { b: 1 },
            cluster: 'c',
            dbUser: 'u',
            database: 'd',
          });
        }),
      );
    expect(codes(named)).toEqual(['MR331']);
  });

  it('a statement that is put together at run time, and a Redshift without a place', () => {
    const made = (body: () => void) => () => pipeline({ id: 'p', description: 'P.' }, body);
    expect(
      made(() => {
        athenaQuery('q', { sql: '', database: 'd', reads: [] });
      }),
    ).toThrow("The statement of athenaQuery('q') must be a constant text");
    expect(
      made(() => {
        redshiftQuery('q', { sql: 'SELECT 1', database: 'd' });
      }),
    ).toThrow('needs a workgroup or a cluster');
  });
});
