import { DescribeExecutionCommand, ListExecutionsCommand } from '@aws-sdk/client-sfn';
import { DynamoTable } from '../../lib/aws/dynamo-table';
import { sfnClient } from '../../lib/aws/clients/sfn';
import { readAudit } from '../../lib/orchestration/audit';
import type { DatasetUpdate } from '../../lib/orchestration/dataset-updated';
import type { Launched } from '../../lib/orchestration/launch-run';
import { answer } from '../../lib/orchestration/launcher';
import type { Place } from '../../lib/orchestration/place';
import { MACHINES, startLocalAws, type LocalAws } from '../support/local-aws';

let aws: LocalAws;
let requests = 0;
const place: Place = {
  machineArn: (name) => `${MACHINES}${name}`,
  now: () => new Date('2026-11-21T06:00:00Z'),
  get requestId() {
    return `request-${++requests}`;
  },
};
beforeAll(async () => {
  aws = await startLocalAws();
});
afterAll(async () => aws.stop());
afterEach(() => jest.restoreAllMocks());

async function deploy(pipeline: string, params: readonly string[] = []): Promise<void> {
  const properties = Object.fromEntries(params.map((name) => [name, { type: 'string' }]));
  await aws.createMachine(`millrace-test-${pipeline}`, {
    QueryLanguage: 'JSONata',
    StartAt: 'Begin',
    States: {
      Begin: {
        Type: 'Task',
        Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
        Arguments: {
          FunctionName: 'arn:aws:lambda:us-east-1:000000000000:function:begin',
          Payload: { paramsSchema: { type: 'object', properties } },
        },
        End: true,
      },
    },
  });
}

/** What the rule of the pipeline sends. Returns the id of the run that it started. */
async function told(
  pipeline: string,
  dataset: string,
  time: number,
  mode: DatasetUpdate['mode'] = 'all',
): Promise<string | undefined> {
  const launched = (await answer(
    {
      action: 'dataset-updated',
      pipeline,
      datasets: ['orders', 'customers'],
      mode,
      dataset,
      run: `load-${dataset}--${time}`,
      task: 'write',
      logicalDate: '2026-11-20T06:00:00.000Z',
      updatedAt: new Date(time).toISOString(),
    },
    place,
  )) as Partial<Launched>;
  return launched.runId;
}

it('per date: updates of one day belong together, in whatever order they come, and the run is of that day', async () => {
  await deploy('days');
  const update = async (dataset: string, logicalDate: string, mode: 'any' | 'all' = 'all') =>
    (await answer(
      {
        action: 'dataset-updated',
        pipeline: 'days',
        datasets: ['orders', 'customers'],
        mode,
        per: 'date',
        dataset,
        run: `load-${dataset}--${logicalDate}`,
        task: 'write',
        logicalDate,
        updatedAt: '2026-11-21T05:00:00Z',
      },
      place,
    )) as Partial<Launched>;
  const dateOf = async ({ executionArn }: Partial<Launched>) => {
    const { input } = await sfnClient().send(new DescribeExecutionCommand({ executionArn }));
    return (JSON.parse(input ?? '') as { logicalDate: string }).logicalDate;
  };
  expect(await update('orders', '2026-11-18T06:00:00Z')).toEqual({});
  expect(await update('customers', '2026-11-19T00:00:00Z')).toEqual({});
  // 23:30 in Berlin on the 18th.
  const first = await update('customers', '2026-11-18T23:30:00+01:00');
  expect(await dateOf(first)).toBe('2026-11-18T00:00:00.000Z');
  expect(await update('customers', '2026-11-18T23:30:00+01:00')).toEqual({});
  const second = await update('orders', '2026-11-19T06:00:00Z');
  expect(await dateOf(second)).toBe('2026-11-19T00:00:00.000Z');
  expect(await dateOf(await update('orders', '2026-11-17T06:00:00Z', 'any'))).toBe(
    '2026-11-17T00:00:00.000Z',
  );
  await expect(update('orders', 'monday')).rejects.toThrow('at logicalDate');
});

it('per key: updates of one key belong together, and the run gets it', async () => {
  await deploy('keys', ['region']);
  const update = async (dataset: string, partitionKey?: string, mode: 'any' | 'all' = 'all', run = 'load') =>
    (await answer(
      {
        action: 'dataset-updated',
        pipeline: 'keys',
        datasets: ['orders', 'customers'],
        mode,
        per: 'key',
        param: 'region',
        dataset,
        ...(partitionKey === undefined ? {} : { partitionKey }),
        run,
        task: 'write',
        logicalDate: '2026-11-20T06:00:00.000Z',
        updatedAt: '2026-11-21T05:00:00Z',
      },
      place,
    )) as Partial<Launched>;
  const paramsOf = async ({ executionArn }: Partial<Launched>) => {
    const { input } = await sfnClient().send(new DescribeExecutionCommand({ executionArn }));
    return (JSON.parse(input ?? '') as { params: unknown }).params;
  };
  expect(await update('orders', 'north')).toEqual({});
  expect(await update('customers', 'south')).toEqual({});
  // Neither of both: it is of no key.
  expect(await update('customers')).toEqual({});
  const north = await update('customers', 'north');
  expect(await paramsOf(north)).toEqual({ region: 'north' });
  expect(await readAudit(north.runId ?? '')).toMatchObject([
    { why: 'north: orders (load), customers (load)' },
  ]);
  // Told again: counted once.
  expect(await update('customers', 'north')).toEqual({});
  expect(await update('orders', 'north', 'all', 'again')).toEqual({});
  expect(await paramsOf(await update('orders', 'south'))).toEqual({ region: 'south' });
  const any = await update('orders', 'west', 'any');
  expect(await paramsOf(any)).toEqual({ region: 'west' });
  // One run that updates two parts of a dataset at the same instant starts two.
  const other = await update('orders', 'east', 'any');
  expect(other.runId).not.toBe(any.runId);
  expect(await update('orders', undefined, 'any')).toEqual({});
  await expect(update('orders', '')).rejects.toThrow('at partitionKey');
  await expect(update('orders', 'x'.repeat(257))).rejects.toThrow('at partitionKey');
});

describe('all', () => {
  it('starts a run when each dataset was updated since the run before', async () => {
    await deploy('all');
    expect(await told('all', 'orders', 1)).toBeUndefined();
    expect(await told('all', 'orders', 2)).toBeUndefined();
    const first = await told('all', 'customers', 3);
    expect(first).toContain('all--dataset--');
    expect(await told('all', 'customers', 4)).toBeUndefined();
    const second = await told('all', 'orders', 5);
    expect(second).toBeDefined();
    expect(second).not.toBe(first);
    expect(await readAudit(first ?? '')).toMatchObject([
      { action: 'start', by: 'datasets', why: 'orders (load-orders--2), customers (load-customers--3)' },
    ]);
  });

  it('counts an update once, however often it is told', async () => {
    await deploy('dup');
    await told('dup', 'orders', 1);
    expect(await told('dup', 'customers', 1)).toBeDefined();
    expect(await told('dup', 'orders', 1)).toBeUndefined();
    expect(await told('dup', 'customers', 1)).toBeUndefined();
    expect(await told('dup', 'customers', 2)).toBeUndefined();
    expect(await told('dup', 'orders', 2)).toBeDefined();
  });

  it('starts one run when both are told at once, many times', async () => {
    await deploy('race');
    const runs = await Promise.all(
      Array.from({ length: 8 }, async (_, i) => told('race', i % 2 === 0 ? 'orders' : 'customers', 1)),
    );
    expect(new Set(runs.filter((run) => run !== undefined)).size).toBe(1);
  });

  it.each([1, 2, 3, 4, 5, 6])(
    'loses and doubles nothing when it is killed before write %i and told again',
    async (writes) => {
      const pipeline = `killed-${writes}`;
      await deploy(pipeline);
      await told(pipeline, 'orders', 1);
      let left = writes;
      for (const name of ['put', 'transact'] as const) {
        const original = Reflect.get(DynamoTable.prototype, name) as (...given: unknown[]) => Promise<never>;
        jest.spyOn(DynamoTable.prototype, name).mockImplementation(async function (
          this: DynamoTable,
          ...given: unknown[]
        ) {
          if (--left <= 0) throw new Error('killed');
          return original.apply(this, given);
        });
      }
      await told(pipeline, 'customers', 1).catch(() => undefined);
      jest.restoreAllMocks();
      // What was updated meanwhile counts for the run after it.
      await told(pipeline, 'customers', 2);
      await told(pipeline, 'customers', 1);
      const { executions = [] } = await sfnClient().send(
        new ListExecutionsCommand({
          stateMachineArn: `${MACHINES}millrace-test-${pipeline}`,
        }),
      );
      expect(executions).toHaveLength(1);
    },
  );
});

describe('any', () => {
  it('starts a run for each update, once', async () => {
    await deploy('any');
    const first = await told('any', 'orders', 1, 'any');
    expect(await told('any', 'orders', 1, 'any')).toBe(first);
    const second = await told('any', 'customers', 1, 'any');
    expect(second).not.toBe(first);
    const { input } = await sfnClient().send(
      new DescribeExecutionCommand({
        executionArn: `arn:aws:states:us-east-1:000000000000:execution:millrace-test-any:${first ?? ''}`,
      }),
    );
    expect(JSON.parse(input ?? '')).toMatchObject({ trigger: 'dataset' });
  });
});
