import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { open, type RootDatabase } from 'lmdb';
import { VirtualClock } from '../../lib/local/clock';
import { Slots } from '../../lib/local/lambda/slots';
import { ROOT } from '../../lib/local/service';
import { StepFunctionsService } from '../../lib/local/stepfunctions/step-functions-service';

const settled = async () => {
  for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve));
};

it('lets so many work at once, the others in their order, also when one fails', async () => {
  const slots = new Slots(2);
  const began: number[] = [];
  const ends: (() => void)[] = [];
  const work = [0, 1, 2, 3].map(async (i) =>
    slots
      .within(async () => {
        began.push(i);
        await new Promise<void>((resolve) => (ends[i] = resolve));
        if (i === 0) throw new Error('failed');
      })
      .catch(() => {}),
  );
  await settled();
  expect(began).toEqual([0, 1]);
  ends[0]?.();
  await settled();
  // Who comes now does not overtake.
  const late = slots.within(async () => void began.push(9));
  await settled();
  expect(began).toEqual([0, 1, 2]);
  for (const i of [1, 2]) ends[i]?.();
  await settled();
  ends[3]?.();
  await Promise.all([...work, late]);
  expect(began).toEqual([0, 1, 2, 3, 9]);
});

describe('a machine whose tasks wait for a core', () => {
  const directory = mkdtempSync(join(tmpdir(), 'millrace-parallel-'));
  let root: RootDatabase;
  beforeAll(() => {
    root = open({ path: directory, maxDbs: 64, encoding: 'json', noSync: true });
  });
  afterAll(async () => {
    await root.close();
    rmSync(directory, { recursive: true, force: true });
  });

  it.each([
    [60, 'SUCCEEDED'],
    [130, 'FAILED'],
  ])('does not count the wait as time of the task: %s s each, %s', async (seconds, status) => {
    const clock = new VirtualClock(0);
    const slots = new Slots(1);
    const sfn = new StepFunctionsService({
      root,
      clock,
      account: '000000000000',
      region: 'us-east-1',
      emit: () => {},
      service: () => undefined,
      invokeLambda: async (_arn, _payload, _principal, turn) =>
        slots.within(async () => {
          await new Promise<void>((resolve) => clock.at(clock.now() + seconds * 1000, resolve));
          return { payload: '{}' };
        }, turn),
    });
    const task = {
      Type: 'Task',
      Resource: 'arn:aws:states:::lambda:invoke',
      TimeoutSeconds: 100,
      Arguments: { FunctionName: 'f', Payload: {} },
      End: true,
    };
    const definition = JSON.stringify({
      QueryLanguage: 'JSONata',
      StartAt: 'All',
      States: {
        All: {
          Type: 'Parallel',
          End: true,
          Branches: ['a', 'b', 'c'].map((name) => ({ StartAt: name, States: { [name]: task } })),
        },
      },
    });
    const name = `waits-${seconds}`;
    const { stateMachineArn } = (await sfn.call('CreateStateMachine', { name, definition }, ROOT)) as {
      stateMachineArn: string;
    };
    const { executionArn } = (await sfn.call('StartExecution', { stateMachineArn, name }, ROOT)) as {
      executionArn: string;
    };
    await settled();
    for (let i = 0; i < 20 && clock.advance(86_400_000); i++) await settled();
    expect(await sfn.call('DescribeExecution', { executionArn }, ROOT)).toMatchObject({ status });
    sfn.stop();
  });
});
