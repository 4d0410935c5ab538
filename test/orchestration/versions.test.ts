import {
  CreateStateMachineAliasCommand,
  DeleteStateMachineVersionCommand,
  DescribeExecutionCommand,
  DescribeStateMachineCommand,
  ListStateMachineVersionsCommand,
  PublishStateMachineVersionCommand,
  StopExecutionCommand,
  UpdateStateMachineAliasCommand,
  UpdateStateMachineCommand,
} from '@aws-sdk/client-sfn';
import { sfnClient } from '../../lib/aws/clients/sfn';
import { readAudit, readPipelineAudit } from '../../lib/orchestration/audit';
import { beginRun } from '../../lib/orchestration/begin-run';
import { finishRun } from '../../lib/orchestration/finish-run';
import { answer } from '../../lib/orchestration/launcher';
import { versionsOf } from '../../lib/orchestration/live-machine';
import type { Place } from '../../lib/orchestration/place';
import { readRun } from '../../lib/orchestration/read-run';
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
const ARN = `${MACHINES}millrace-test-shop`;

beforeAll(async () => {
  aws = await startLocalAws();
  await aws.createMachine('millrace-test-shop', definition(1));
  await publish();
  await sfnClient().send(
    new CreateStateMachineAliasCommand({
      name: 'live',
      routingConfiguration: [{ stateMachineVersionArn: `${ARN}:1`, weight: 100 }],
    }),
  );
});
afterAll(async () => aws.stop());

/** A machine that goes on until it is stopped; its comment tells its definitions apart. */
function definition(n: number): object {
  return {
    Comment: `definition ${n}`,
    QueryLanguage: 'JSONata',
    StartAt: 'Wait',
    States: { Wait: { Type: 'Wait', Seconds: 86_400, End: true } },
  };
}

async function publish(): Promise<string> {
  const { stateMachineVersionArn } = await sfnClient().send(
    new PublishStateMachineVersionCommand({ stateMachineArn: ARN }),
  );
  return stateMachineVersionArn ?? '';
}

async function deploy(n: number): Promise<void> {
  await sfnClient().send(
    new UpdateStateMachineCommand({ stateMachineArn: ARN, definition: JSON.stringify(definition(n)) }),
  );
  await sfnClient().send(
    new UpdateStateMachineAliasCommand({
      stateMachineAliasArn: `${ARN}:live`,
      routingConfiguration: [{ stateMachineVersionArn: await publish(), weight: 100 }],
    }),
  );
}

interface Launched {
  readonly runId: string;
  readonly executionArn: string;
}
const launch = async (token: string) => (await answer({ pipeline: 'shop', token }, place)) as Launched;
const execution = async (executionArn: string) =>
  sfnClient().send(new DescribeExecutionCommand({ executionArn }));

/** What the first and the last state of a machine do. */
async function begin({ runId, executionArn }: Launched): Promise<void> {
  await beginRun({
    pipeline: 'shop',
    execution: { arn: executionArn, name: runId, startTime: '2026-11-21T06:00:00Z' },
    input: { runId },
    paramsSchema: { type: 'object' },
    code: { commit: 'c0ffee', dirty: false },
  });
}

it('publishes what has changed, and what has not under the same number', async () => {
  expect(await publish()).toBe(`${ARN}:1`);
  await deploy(1);
  expect((await versionsOf(ARN)).map(({ number, live }) => [number, live])).toEqual([[1, true]]);
});

it('starts runs through the alias, and a run keeps and records the version it started with', async () => {
  const first = await launch('a');
  await begin(first);
  await deploy(2);
  const second = await launch('b');
  await begin(second);
  expect(await execution(first.executionArn)).toMatchObject({
    stateMachineArn: ARN,
    stateMachineVersionArn: `${ARN}:1`,
    stateMachineAliasArn: `${ARN}:live`,
  });
  expect((await readRun(first.runId))?.record.version).toBe(1);
  expect((await readRun(second.runId))?.record.version).toBe(2);
});

it('rolls back what is to come, forward again with the next deployment, and says who did it', async () => {
  expect(await answer({ action: 'rollback', pipeline: 'shop', by: 'ada', why: 'worse' }, place)).toEqual({
    from: 2,
    to: 1,
  });
  expect(await execution((await launch('c')).executionArn)).toMatchObject({
    stateMachineVersionArn: `${ARN}:1`,
  });
  expect(await readPipelineAudit('shop')).toEqual([
    expect.objectContaining({ action: 'rollback', by: 'ada', why: 'worse', details: { from: 2, to: 1 } }),
  ]);
  await expect(answer({ action: 'rollback', pipeline: 'shop' }, place)).rejects.toThrow(
    'no version of shop before 1',
  );
  await expect(answer({ action: 'rollback', pipeline: 'shop', version: 9 }, place)).rejects.toMatchObject({
    name: 'Millrace.NoSuchVersion',
    message: expect.stringContaining('It has: 2, 1.') as unknown,
  });
  await deploy(3);
  expect((await versionsOf(ARN)).find(({ live }) => live)?.number).toBe(3);
});

it('reruns with the code of then or of now, as asked', async () => {
  await deploy(4);
  const run = await launch('d');
  await begin(run);
  await deploy(5);
  const rerun = async (code: 'then' | 'now') => {
    const { record } = (await readRun(run.runId)) ?? { record: { execution: '' } };
    await sfnClient().send(new StopExecutionCommand({ executionArn: record.execution }));
    const { execution: name } = (await answer(
      { action: 'rerun', runId: run.runId, code, by: 'ada' },
      place,
    )) as { execution: string };
    const executionArn = `${ARN.replace(':stateMachine:', ':execution:')}:${name}`;
    await begin({ runId: run.runId, executionArn });
    return (await execution(executionArn)).stateMachineVersionArn;
  };
  expect(await rerun('then')).toBe(`${ARN}:4`);
  expect(await rerun('now')).toBe(`${ARN}:5`);
  expect((await readRun(run.runId))?.record.version).toBe(4);
  const reruns = (await readAudit(run.runId)).filter(({ action }) => action === 'rerun');
  const codes = reruns.map(({ details }) => (details as { code: string }).code);
  expect(codes.sort()).toEqual(['now', 'then']);
});

it('keeps what a run returned, and forgets it when a rerun ends otherwise', async () => {
  const run = await launch('e');
  await begin(run);
  const record = (await readRun(run.runId))?.record;
  if (record === undefined) throw new Error('The run has begun.');
  const finish = async (result?: number) =>
    finishRun({
      run: record.context,
      execution: run.executionArn,
      tasks: {},
      leaves: [],
      ...(result === undefined ? {} : { result: { rows: result } }),
    });
  await finish(7);
  expect((await readRun(run.runId))?.record).toMatchObject({ status: 'success', result: { rows: 7 } });
  await finish();
  expect((await readRun(run.runId))?.record).not.toHaveProperty('result');
});

it('answers as Step Functions does where versions and aliases are misused', async () => {
  const live = (await versionsOf(ARN)).find((version) => version.live)?.number ?? 0;
  await expect(
    sfnClient().send(new DeleteStateMachineVersionCommand({ stateMachineVersionArn: `${ARN}:${live}` })),
  ).rejects.toMatchObject({ name: 'ConflictException' });
  await expect(
    sfnClient().send(
      new UpdateStateMachineAliasCommand({
        stateMachineAliasArn: `${ARN}:live`,
        routingConfiguration: [{ stateMachineVersionArn: `${ARN}:99`, weight: 100 }],
      }),
    ),
  ).rejects.toMatchObject({ name: 'ResourceNotFound' });
  const { definition: text } = await sfnClient().send(
    new DescribeStateMachineCommand({ stateMachineArn: `${ARN}:2` }),
  );
  expect(text).toContain('definition 2');
  const page = await sfnClient().send(
    new ListStateMachineVersionsCommand({ stateMachineArn: ARN, maxResults: 2 }),
  );
  expect(page.stateMachineVersions).toHaveLength(2);
  expect(page.nextToken).toBeDefined();
});
