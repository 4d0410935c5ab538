/** What queries, calls and triggers have in common with all tasks: pools, earlier results, notifications, datasets. */
import {
  alarmTopic,
  approval,
  athenaQuery,
  awsCall,
  map,
  minutes,
  pipeline,
  pool,
  redshiftQuery,
  triggerPipeline,
  z,
} from '../../lib';
import { compile } from '../../lib/compiler/compile';
import type { QueryOptions } from '../../lib/dsl/query';
import { StatesError } from '../../lib/local/stepfunctions/states-error';
import { checkPipeline } from '../../lib/model/check';
import { machineFaults } from '../cloud/support/validate-machine';
import { QueryMachine, type PlayedCall, type QueryRun } from '../support/query-machine';

const machine = new QueryMachine();
beforeAll(() => machine.open());
afterAll(() => machine.close());

const athena = (options: QueryOptions, settings: object = {}) =>
  pipeline(
    {
      id: 'sales',
      description: 'Sales',
      params: z.object({ least: z.number().default(3) }),
      ...settings,
    },
    ({ params }) => {
      const sql = 'SELECT n FROM t WHERE n > ?';
      athenaQuery('count', { sql, parameters: [params.least], database: 'd', reads: ['raw/'] }, options);
    },
  ).model;

const QUERY = 'athena:startQueryExecution.sync';
const EXECUTION = {
  QueryExecutionId: 'q-1',
  StatementType: 'DML',
  ResultConfiguration: { OutputLocation: 's3://data/q-1.csv' },
  Statistics: { DataScannedInBytes: 1, TotalExecutionTimeInMillis: 1 },
};
const ROWS = {
  ResultSet: {
    Rows: [{ Data: [{ VarCharValue: 'n' }] }, { Data: [{ VarCharValue: '7' }] }],
    ResultSetMetadata: { ColumnInfo: [{ Name: 'n', Type: 'integer' }] },
  },
};

/** Answers as the services do; the first so many queries fail. */
function services({ failing = 0, deaf = false } = {}) {
  let left = failing;
  return ({ operation }: PlayedCall): unknown => {
    if (operation === QUERY) {
      if (left-- > 0) throw new StatesError('Athena.Broken', 'no such table');
      return { QueryExecution: EXECUTION };
    }
    if (operation === 'GetQueryResults') return ROWS;
    if (operation === 'PutEvents')
      return deaf ? { FailedEntryCount: 1, Entries: [] } : { FailedEntryCount: 0 };
    throw new Error(`Nobody expects ${operation}.`);
  };
}

interface Told {
  readonly type: string;
  readonly task?: string;
  readonly dataset?: string;
  readonly [name: string]: unknown;
}

const operations = ({ calls }: QueryRun): string[] => calls.map(({ operation }) => operation);
function told({ calls }: QueryRun): Told[] {
  return calls.flatMap(({ operation, input }) =>
    operation === 'PutEvents'
      ? (input as { Entries: { DetailType: string; Detail: string }[] }).Entries.map((entry) => ({
          type: entry.DetailType,
          ...(JSON.parse(entry.Detail) as object),
        }))
      : [],
  );
}

describe('queries', () => {
  it('wait for slots, of a pool, of their own and of the pipeline, and free them', async () => {
    const compiled = compile(
      athena({ pool: pool('warehouse', 2), poolSlots: 2, maxActive: 1 }, { maxActiveTasks: 4 }),
    );
    expect(machineFaults(compiled.definition)).toBe('');
    const run = await machine.run(compiled, services());
    expect(operations(run)).toEqual([
      'pool-acquire',
      'pool-acquire',
      'pool-acquire',
      QUERY,
      'GetQueryResults',
      'pool-release',
    ]);
    expect(run.calls[0]?.input).toMatchObject({ pool: 'warehouse', size: 2, slots: 2, task: 'count' });
  });

  it('take the result of an earlier run with the same statement and values, while it is young enough', async () => {
    const compiled = compile(athena({ cache: { for: minutes(150) }, outlets: ['counts'] }));
    expect(machineFaults(compiled.definition)).toBe('');
    const first = await machine.run(compiled, services());
    expect(operations(first)).toEqual([QUERY, 'GetQueryResults', 'PutEvents']);
    // Each run begins an hour after the one before.
    const second = await machine.run(compiled, services());
    expect(operations(second)).toEqual([]);
    expect(second.output['count']).toEqual(first.output['count']);
    expect(await second.record('count')).toMatchObject({
      status: 'success',
      cached: { run: first.runId, task: 'count' },
    });
    const other = await machine.run(compiled, services(), { params: { least: 4 } });
    expect(operations(other)).toContain(QUERY);
    const late = await machine.run(compiled, services());
    expect(operations(late)).toContain(QUERY);
    const unwanted = await machine.run(compiled, services(), { cache: false });
    expect(operations(unwanted)).toContain(QUERY);
    expect(await unwanted.record('count')).not.toHaveProperty('cached');
  });

  it('tell of what people want to hear, and of the datasets that they updated', async () => {
    const compiled = compile(
      athena({
        retries: 2,
        retryDelay: 60,
        onFailure: [alarmTopic],
        onRetry: [alarmTopic],
        onSuccess: [alarmTopic],
        outlets: ['counts', 'sales/daily'],
      }),
    );
    expect(machineFaults(compiled.definition)).toBe('');
    expect(compiled.integrations.map(({ kind }) => kind)).toContain('tell');
    const run = await machine.run(compiled, services({ failing: 1 }));
    const about = {
      pipeline: 'sales',
      run: run.runId,
      task: 'count',
      logicalDate: '2026-01-01T00:00:00.000Z',
    };
    const record = await run.record('count');
    expect(told(run)).toEqual([
      {
        ...about,
        type: 'Task Retried',
        execution: record?.['execution'],
        attempt: 2,
        error: { name: 'Athena.Broken', message: 'no such table' },
      },
      ...['counts', 'sales/daily'].map((dataset) => ({
        ...about,
        type: 'Dataset Updated',
        execution: record?.['execution'],
        dataset,
        updatedAt: record?.['endedAt'],
      })),
      { ...about, type: 'Task Succeeded', execution: record?.['execution'] },
    ]);
    // A rerun asks nothing again, and tells of the same update.
    const rerun = await machine.run(compiled, services(), { runId: run.runId });
    expect(told(rerun).filter(({ type }) => type === 'Dataset Updated')).toMatchObject([
      { dataset: 'counts', updatedAt: record?.['endedAt'] },
      { dataset: 'sales/daily', updatedAt: record?.['endedAt'] },
    ]);
  });

  it('tell that they have failed once, when they are not tried again', async () => {
    const compiled = compile(athena({ retries: 1, onFailure: [alarmTopic], outlets: ['counts'] }));
    const run = await machine.run(compiled, services({ failing: 2 }));
    expect(run.status).toBe('FAILED');
    expect(told(run)).toMatchObject([
      {
        type: 'Task Failed',
        final: true,
        redrive: 0,
        error: { name: 'Athena.Broken', message: 'no such table' },
      },
    ]);
  });

  it('fail when an update cannot be told, but not when people cannot', async () => {
    const update = compile(athena({ outlets: ['counts'] }));
    const run = await machine.run(update, services({ deaf: true }));
    expect([run.status, run.error('count')?.Error]).toEqual(['FAILED', 'EventBridge.FailedEntry']);
    const people = compile(athena({ onSuccess: [alarmTopic] }));
    expect((await machine.run(people, services({ deaf: true }))).status).toBe('SUCCEEDED');
  });

  it('tell in requests of ten', () => {
    const outlets = Array.from({ length: 23 }, (_, i) => `d${i}`);
    const { definition } = compile(athena({ outlets }));
    const entries = Object.values(definition.States).flatMap((state) =>
      state.Type === 'Task' && state.Resource.endsWith('putEvents')
        ? [(state.Arguments as { Entries: unknown[] }).Entries.length]
        : [],
    );
    expect(entries.sort()).toEqual([10, 10, 3]);
  });

  it('have the same in a map, for each item', async () => {
    const { model } = pipeline({ id: 'each', description: 'Each' }, () => {
      map('regions', ['north', 'south'], (region) =>
        athenaQuery(
          'count',
          { sql: 'SELECT n FROM t WHERE r = ?', parameters: [region], database: 'd', reads: ['raw/'] },
          { cache: { for: 3600 }, outlets: ['counts'], onSuccess: [alarmTopic] },
        ),
      );
    });
    const compiled = compile(model);
    expect(machineFaults(compiled.definition)).toBe('');
    const run = await machine.run(compiled, services());
    expect(run.status).toBe('SUCCEEDED');
    expect(
      told(run)
        .map(({ type, task }) => `${type} ${task ?? ''}`)
        .sort(),
    ).toEqual(
      ['Dataset Updated', 'Task Succeeded'].flatMap((type) =>
        [0, 1].map((i) => `${type} regions/count[${i}]`),
      ),
    );
  });

  it('of Redshift go on with a statement that runs after they have looked for an earlier result', () => {
    const { definition } = compile(
      pipeline({ id: 'dwh', description: 'Loads' }, () => {
        redshiftQuery(
          'load',
          { sql: 'SELECT 1', workgroup: 'w', database: 'd' },
          { cache: { for: 60 }, onRetry: [alarmTopic] },
        );
      }).model,
    );
    expect(machineFaults(definition)).toBe('');
    const load = definition.States['load'];
    const inner = load?.Type === 'Parallel' ? load.Branches[0]?.States : {};
    expect([inner?.['earlier load'], inner?.['load cached?'], inner?.['load again?']]).toMatchObject([
      { Next: 'load cached?' },
      { Default: 'load begins?' },
      { Default: 'earlier load' },
    ]);
  });
});

describe('calls, triggers and approvals', () => {
  const { model } = pipeline({ id: 'plain', description: 'Plain' }, () => {
    awsCall('crawl', {
      service: 'glue',
      action: 'startCrawler',
      arguments: { Name: 'sales' },
      permissions: [{ actions: ['glue:StartCrawler'], resources: ['*'] }],
      retries: 1,
      pool: pool('crawlers', 1),
      outlets: ['catalogue'],
      onFailure: [alarmTopic],
      onSuccess: [alarmTopic],
    });
    triggerPipeline('other', { pipeline: 'other', maxActive: 1, onFailure: [alarmTopic] });
    approval('ask', { prompt: 'Go?', onFailure: [alarmTopic] });
  });

  it('have them as well', () => {
    const { definition, integrations } = compile(model);
    expect(machineFaults(definition)).toBe('');
    expect(integrations.map(({ kind }) => kind)).toEqual(
      expect.arrayContaining(['tell', 'pool', 'approval']),
    );
    const all = JSON.stringify(definition);
    for (const state of [
      'slot for crawl',
      'announce crawl',
      'tell of crawl',
      'tell crawl failed',
      'slot for other',
      'tell other failed',
      'tell ask failed',
    ])
      // prettier-ignore
      expect(all).toContain(JSON.stringify(state));
  });

  it('say why they failed in their records', () => {
    const finish = compile(model).definition.States['Finish'];
    const payload = finish?.Type === 'Task' ? (finish.Arguments as { Payload: object }).Payload : {};
    expect(Object.keys((payload as { errors: object }).errors)).toEqual(['crawl', 'other', 'ask']);
  });

  it('are refused with what is wrong with their options', () => {
    const codes = (options: QueryOptions) =>
      checkPipeline(athena(options)).flatMap(({ code, severity }) => (severity === 'error' ? [code] : []));
    expect(codes({ cache: { for: 0 } })).toEqual(['MR250']);
    expect(codes({ pool: pool('warehouse', 1), poolSlots: 2 })).toEqual(['MR261']);
    expect(codes({ maxActive: 0 })).toEqual(['MR263']);
    expect(codes({ outlets: ['a b'] })).toEqual(['MR240']);
  });
});
