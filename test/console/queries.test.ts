/** Views that are put together from several places: the plan, costs, what waits, the card of a model. */
import { parquetWriteBuffer } from 'hyparquet-writer';
import { s3Client } from '../../lib/aws/clients/s3';
import { resourceNames } from '../../lib/aws/environment';
import { ObjectStore } from '../../lib/aws/object-store';
import { orchestrationTable } from '../../lib/aws/tables';
import type { Catalogue, CataloguePipeline } from '../../lib/console/catalogue';
import type { ConsoleOptions } from '../../lib/console/console-options';
import { readCosts } from '../../lib/console/queries/costs';
import { makerOf, readDataset, readDatasets } from '../../lib/console/queries/datasets';
import { signatureIn } from '../../lib/console/queries/model-card';
import { readOperations } from '../../lib/console/queries/operations';
import { readPlan } from '../../lib/console/queries/plan';
import { recordPipelineAudit } from '../../lib/orchestration/audit';
import { listingKey, runKey, taskKey } from '../../lib/orchestration/keys';
import { listingOf, type RunRecord } from '../../lib/orchestration/run-record';
import { changeSlots } from '../../lib/orchestration/slots';
import { startLocalAws, type LocalAws } from '../support/local-aws';

const AT = '2026-01-01T00:00:00.000Z';

const pipelineOf = (tasks: readonly (readonly [id: string, needs: readonly string[]])[]) =>
  ({
    id: 'etl',
    description: '',
    file: 'pipelines/etl.ts',
    machine: 'millrace-test-etl',
    schedule: { kind: 'none' },
    triggers: [],
    startDate: null,
    endDate: null,
    catchup: false,
    maxActiveRuns: 1,
    tasks: tasks.map(([id, needs]) => ({ id, state: id, kind: 'task', needs })),
    functions: [],
    paramsSchema: {},
    notices: [],
  }) satisfies CataloguePipeline;

/** As the compiler writes it: the last state is told how each task ended. */
const machineOf = (ids: readonly string[], seconds: number) => ({
  QueryLanguage: 'JSONata',
  StartAt: 'Begin',
  States: {
    Begin: { Type: 'Pass', Next: ids[0] ?? 'Finish' },
    ...Object.fromEntries(
      ids.map((id, i) => [id, { Type: 'Wait', Seconds: seconds, Next: ids[i + 1] ?? 'Finish' }]),
    ),
    Finish: {
      Type: 'Task',
      Resource: 'arn:aws:states:::lambda:invoke',
      Arguments: { FunctionName: 'f', Payload: { tasks: Object.fromEntries(ids.map((id) => [id, 'x'])) } },
      End: true,
    },
  },
});

const catalogueOf = (pipelines: readonly CataloguePipeline[], failures: Catalogue['failures'] = []) => ({
  stage: 'test',
  code: { commit: 'abc', dirty: false },
  pipelines,
  failures,
});
const DEPLOYED = pipelineOf([
  ['load', []],
  ['sum', ['load']],
]);
const options = (working?: Catalogue, seconds = 1): ConsoleOptions => ({
  catalogue: async () => catalogueOf([DEPLOYED]),
  ...(working === undefined
    ? {}
    : {
        working: async () => ({
          of: 'files',
          catalogue: working,
          definitions: new Map([
            [
              'millrace-test-etl',
              JSON.stringify(machineOf(working.pipelines[0]?.tasks.map(({ id }) => id) ?? [], seconds)),
            ],
          ]),
        }),
      }),
  where: 'local',
  by: 'ann',
  readOnly: true,
  now: () => new Date(AT),
});

describe('views of the console', () => {
  let aws: LocalAws;
  beforeAll(async () => {
    aws = await startLocalAws();
    await aws.createMachine('millrace-test-etl', machineOf(['load', 'sum'], 1));
  });
  afterAll(async () => aws.stop());

  it('draw what a deployment adds and removes in one graph', async () => {
    const working = pipelineOf([
      ['load', []],
      ['check', ['load']],
    ]);
    expect(await readPlan(options(catalogueOf([working])), 'etl')).toMatchObject({
      of: 'files',
      change: 'changed',
      tasks: [{ id: 'load' }, { id: 'check' }, { id: 'sum' }],
      edges: [
        { from: 'load', to: 'check' },
        { from: 'load', to: 'sum' },
      ],
      changes: { check: 'added', sum: 'removed' },
      runsInFlight: 0,
      faults: [],
    });
    expect(await readPlan(options(catalogueOf([DEPLOYED]), 2), 'etl')).toMatchObject({
      changes: { load: 'changed', sum: 'changed' },
    });
    expect(await readPlan(options(catalogueOf([DEPLOYED])), 'etl')).toMatchObject({
      change: 'unchanged',
      changes: {},
    });
  });

  it('tell a pipeline that goes from a file that is broken', async () => {
    expect(await readPlan(options(catalogueOf([])), 'etl')).toMatchObject({
      change: 'removed',
      tasks: [{ id: 'load' }, { id: 'sum' }],
      changes: { load: 'removed', sum: 'removed' },
      notes: ['Nothing starts it any more, and its history stays.'],
    });
    const fault = { file: 'pipelines/etl.ts', line: 2, code: 'MR001', message: 'Wrong.', hint: 'Mend it.' };
    const other = { ...fault, file: 'pipelines/other.ts' };
    expect(await readPlan(options(catalogueOf([], [fault, other])), 'etl')).toMatchObject({
      change: 'broken',
      changes: {},
      faults: [fault],
    });
    await expect(readPlan(options(catalogueOf([DEPLOYED])), 'nope')).rejects.toThrow("pipeline 'nope'");
    await expect(readPlan(options(), 'etl')).rejects.toMatchObject({
      status: 404,
      remedy: 'The command line tells it: `npx millrace plan`.',
    });
  });

  it('show sensors that wait with what is missing, and what was done to pipelines', async () => {
    const record: RunRecord = {
      runId: 'etl--manual--1',
      pipeline: 'etl',
      status: 'running',
      context: {
        id: 'etl--manual--1',
        pipeline: 'etl',
        params: {},
        trigger: 'manual',
        logicalDate: AT,
        dataIntervalStart: AT,
        dataIntervalEnd: AT,
        ds: '2026-01-01',
        dsNodash: '20260101',
        startedAt: AT,
        code: { commit: 'abc', dirty: false },
      },
      execution: 'arn:1',
      executions: ['arn:aws:states:us-east-1:000000000000:execution:millrace-test-etl:gone'],
      startedAt: AT,
      ttl: 4_000_000_000,
    };
    await orchestrationTable().put({ ...runKey(record.runId), ...record });
    await changeSlots('etl', () => ({ [record.runId]: { execution: 'arn:1', since: AT } }));
    const polled = { status: 'running', execution: 'arn:1', startedAt: AT } as const;
    for (const [task, error] of [
      ['arrived', { name: 'Millrace.NotReady', message: 'raw/x.csv is not there.' }],
      ['retried', { name: 'Error', message: 'once' }],
    ] as const)
      await orchestrationTable().put({ ...taskKey(record.runId, task), task, attempt: 3, ...polled, error });
    await recordPipelineAudit(
      'etl',
      { action: 'pause', by: 'bob', why: 'holidays' },
      { now: () => new Date(AT), requestId: 'r' },
    );
    expect(await readOperations(options())).toMatchObject({
      running: [{ runId: 'etl--manual--1' }],
      sensors: [
        { runId: 'etl--manual--1', task: 'arrived', asked: 3, at: AT, missing: 'raw/x.csv is not there.' },
      ],
      audit: [{ runId: null, pipeline: 'etl', action: 'pause', by: 'bob', why: 'holidays' }],
    });
    // Of a run that has ended, and whose history is gone.
    const ended = { ...record, status: 'success', endedAt: '2026-01-01T00:01:00.000Z' } as const;
    await orchestrationTable().put({ ...runKey(record.runId), ...ended });
    await orchestrationTable().put({ ...listingKey('etl', AT, record.runId), ...listingOf(ended) });
    expect(await readCosts(options(), 'etl', 5)).toMatchObject({
      runs: [{ runId: record.runId, cost: null, lines: [] }],
      median: null,
      sum: 0,
    });
  });

  it('show datasets that tasks have written, with their columns, also when no run has read them', async () => {
    const store = new ObjectStore(s3Client(), resourceNames().bucket);
    const bytes = parquetWriteBuffer({
      columnData: [
        { name: 'id', data: [1, 2, 3], type: 'INT32' },
        { name: 'town', data: ['a', 'b', 'c'], type: 'STRING' },
      ],
    });
    const [old, id] = ['a'.repeat(64), 'b'.repeat(64)];
    await store.putBytes(`datasets/etl/orders/${old}.parquet`, 'no parquet');
    await store.putBytes(`datasets/etl/orders/history/${AT}.json`, '{}');
    const made = new Date(Date.now() + 60_000);
    expect(await readDatasets(made)).toMatchObject([{ name: 'orders', versions: 1, usedAt: null }]);
    await store.putBytes(`datasets/etl/orders/${id}.parquet`, new Uint8Array(bytes));
    // A list is good for a while.
    expect(await readDatasets(made)).toMatchObject([{ versions: 1 }]);
    const { versions } = await readDataset('orders', new Date(made.getTime() + 20_000));
    expect(versions).toHaveLength(2);
    expect(versions.find((version) => version.id === id)).toMatchObject({
      rows: 3,
      columns: [
        { name: 'id', type: 'integer' },
        { name: 'town', type: 'string' },
      ],
      madeBy: { pipeline: 'etl' },
      users: [],
    });
    expect(versions.find((version) => version.id === old)).toMatchObject({ rows: null, columns: [] });
    await expect(readDataset('nope', made)).rejects.toMatchObject({ status: 404 });
  });

  it('tell who made a dataset by its place', () => {
    expect(makerOf('s3://b/datasets/etl/orders/abc.parquet')).toEqual({
      pipeline: 'etl',
      runId: null,
      task: null,
    });
    expect(makerOf('s3://b/features/etl/etl--manual--1/train/split/train.parquet')).toEqual({
      pipeline: 'etl',
      runId: 'etl--manual--1',
      task: 'train/split',
    });
    expect([makerOf('s3://b/raw/orders.csv'), makerOf('file:///x'), makerOf('')]).toEqual([null, null, null]);
  });

  it('read what a model takes and gives, and nothing out of other texts', () => {
    const inputs = JSON.stringify([{ name: "it's", type: 'double', required: false }]).replaceAll("'", "''");
    expect(
      signatureIn(`signature:\n  inputs: '${inputs}'\n  outputs: '[{"name": "y", "type": "long"}]'\n`),
    ).toEqual({
      inputs: [{ name: "it's", type: 'double', required: false }],
      outputs: [{ name: 'y', type: 'long', required: true }],
    });
    expect(signatureIn(`  inputs: '${inputs}'\n  outputs: null\n`)).toMatchObject({ outputs: [] });
    expect([signatureIn(''), signatureIn(`  inputs: '[{"type": "tensor"}]'\n`)]).toEqual([null, null]);
  });
});
