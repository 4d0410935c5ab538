/** Weeks with changes of daylight saving time on the virtual clock: ticks come twice, late, and to a launcher that dies. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ListExecutionsCommand } from '@aws-sdk/client-sfn';
import { open, type RootDatabase } from 'lmdb';
import { DynamoTable } from '../../lib/aws/dynamo-table';
import { sfnClient } from '../../lib/aws/clients/sfn';
import { VirtualClock } from '../../lib/local/clock';
import { Scheduler } from '../../lib/local/scheduler/scheduler';
import type { Policy } from '../../lib/model/schedule';
import { readAudit } from '../../lib/orchestration/audit';
import { answer } from '../../lib/orchestration/launcher';
import { readQueue } from '../../lib/orchestration/queue';
import { MACHINES, startLocalAws, type LocalAws } from '../support/local-aws';

let aws: LocalAws;
beforeAll(async () => {
  aws = await startLocalAws();
});
afterAll(async () => aws.stop());
afterEach(() => jest.restoreAllMocks());

async function deploy(pipeline: string, policy: Pick<Policy, 'schedule' | 'startDate'>): Promise<void> {
  await aws.createMachine(`millrace-test-${pipeline}`, {
    QueryLanguage: 'JSONata',
    StartAt: 'Begin',
    States: {
      Begin: {
        Type: 'Choice',
        Choices: [{ Condition: '{% false %}', Next: 'End' }],
        Default: 'End',
        Arguments: {
          Payload: {
            policy: {
              ...policy,
              catchup: true,
              logicalDate: 'run-time',
              maxActiveRuns: 1000,
              dependsOnPast: false,
            },
          },
        },
      },
      End: { Type: 'Succeed' },
    },
  });
}

/** Dies at one of the writes to the table: before it, or after it and before the answer. */
class Deaths {
  private left = Number.POSITIVE_INFINITY;
  count = 0;

  constructor() {
    for (const method of ['put', 'transact', 'delete', 'update'] as const) {
      const original = DynamoTable.prototype[method] as (...args: never[]) => Promise<never>;
      const die = async (work: () => Promise<never>): Promise<never> => {
        if (this.left-- > 0) return work();
        this.count++;
        if (this.count % 2 === 0) await work();
        this.left = Number.POSITIVE_INFINITY;
        throw new Error('killed');
      };
      const { spyOn } = jest;
      spyOn(DynamoTable.prototype, method).mockImplementation(async function (
        this: DynamoTable,
        ...args: never[]
      ) {
        return die(async () => original.apply(this, args));
      } as never);
    }
  }

  after(writes: number): void {
    this.left = writes;
  }
}

/** Lets a schedule ring for a while. Every third delivery is repeated, and of every second one the launcher dies on the way. */
async function ring(
  root: RootDatabase,
  pipeline: string,
  expression: string,
  from: string,
  until: string,
): Promise<{ readonly deliveries: number; readonly deaths: number }> {
  const clock = new VirtualClock(Date.parse(from));
  const deaths = new Deaths();
  let deliveries = 0;
  let idle = Promise.resolve();
  const place = (requestId: string) => ({
    machineArn: (name: string) => `${MACHINES}${name}`,
    now: () => new Date(clock.now()),
    requestId,
  });
  const deliver = async (payload: string): Promise<void> => {
    const n = ++deliveries;
    if (n % 2 === 0) deaths.after(n % 7);
    // As EventBridge Scheduler: again until there is an answer.
    for (let attempt = 0; attempt < 5; attempt++) {
      try {
        await answer(JSON.parse(payload), place(`delivery-${n}`));
        deaths.after(Number.POSITIVE_INFINITY);
        return;
      } catch (error) {
        if (!(error instanceof Error) || error.message !== 'killed') throw error;
      }
    }
  };
  const scheduler = new Scheduler({
    root,
    clock,
    deliver: async (_arn, payload) => {
      idle = idle.then(async () => {
        await deliver(payload);
        if (deliveries % 3 === 0) await deliver(payload);
      });
      return idle;
    },
  });
  scheduler.put({
    name: pipeline,
    expression,
    timeZone: 'Europe/Berlin',
    enabled: true,
    targetArn: 'launcher',
    input: JSON.stringify({ action: 'tick', pipeline, scheduledTime: '<aws.scheduler.scheduled-time>' }),
  });
  scheduler.start();
  while (clock.advance(Date.parse(until))) {
    await idle;
    // The next appointment is made when the target has answered.
    for (let i = 0; i < 3; i++) await new Promise((resolve) => setImmediate(resolve));
  }
  scheduler.stop();
  return { deliveries, deaths: deaths.count };
}

/** Logical dates of the executions there are, one by one. */
async function started(pipeline: string): Promise<string[]> {
  const { executions = [] } = await sfnClient().send(
    new ListExecutionsCommand({ stateMachineArn: `${MACHINES}millrace-test-${pipeline}`, maxResults: 1000 }),
  );
  expect(await readQueue(pipeline)).toEqual([]);
  return executions
    .map(({ name = '' }) => {
      const [, year, month, day, hour, minute] = /--(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)/.exec(name) ?? [];
      return `${year}-${month}-${day} ${hour}:${minute}`;
    })
    .sort();
}

describe('every tick exactly once', () => {
  const directory = mkdtempSync(join(tmpdir(), 'millrace-week-'));
  let root: RootDatabase;
  beforeAll(() => {
    root = open({ path: directory, maxDbs: 8, encoding: 'json', noSync: true });
  });
  afterAll(async () => {
    await root.close();
    rmSync(directory, { recursive: true, force: true });
  });

  it('in the week in which 02:30 comes twice', async () => {
    await deploy('autumn', {
      schedule: { kind: 'cron', expression: '30 2 * * *', timeZone: 'Europe/Berlin' },
      startDate: '2026-10-21',
    });
    const { deliveries, deaths } = await ring(
      root,
      'autumn',
      'cron(30 2 * * ? *)',
      '2026-10-21T22:00:00Z',
      '2026-10-28T22:00:00Z',
    );
    expect(deliveries).toBeGreaterThan(7);
    expect(deaths).toBeGreaterThan(1);
    expect(await started('autumn')).toEqual([
      '2026-10-22 00:30',
      '2026-10-23 00:30',
      '2026-10-24 00:30',
      '2026-10-25 00:30',
      '2026-10-26 01:30',
      '2026-10-27 01:30',
      '2026-10-28 01:30',
    ]);
    const { executions = [] } = await sfnClient().send(
      new ListExecutionsCommand({ stateMachineArn: `${MACHINES}millrace-test-autumn` }),
    );
    for (const { name = '' } of executions)
      expect((await readAudit(name)).map(({ action, by }) => [action, by])).toEqual([['start', 'schedule']]);
  });

  it('in the week in which 02:30 does not come, with other ticks around it', async () => {
    await deploy('spring', {
      schedule: { kind: 'cron', expression: '30 1-3 * * *', timeZone: 'Europe/Berlin' },
      startDate: '2026-03-28',
    });
    const { deaths } = await ring(
      root,
      'spring',
      'cron(30 1-3 * * ? *)',
      '2026-03-27T12:00:00Z',
      '2026-03-30T12:00:00Z',
    );
    expect(deaths).toBeGreaterThan(1);
    const day = (date: string, ...times: readonly string[]) => times.map((time) => `2026-03-${date} ${time}`);
    expect(await started('spring')).toEqual([
      // The interval before 00:30 began before the start date.
      ...day('28', '01:30', '02:30'),
      // 01:30 in winter time and 03:30 in summer time: of ticks that repeat within the day the gap takes one away, as in cron.
      ...day('29', '00:30', '01:30', '23:30'),
      ...day('30', '00:30', '01:30'),
    ]);
  });
});
