import '../support/quiet-telemetry';
import { DescribeExecutionCommand, StopExecutionCommand } from '@aws-sdk/client-sfn';
import { z } from 'zod';
import { sfnClient } from '../../lib/aws/clients/sfn';
import { orchestrationTable } from '../../lib/aws/tables';
import { compile } from '../../lib/compiler/compile';
import { approval } from '../../lib/dsl/approval';
import { map } from '../../lib/dsl/map';
import { pipeline } from '../../lib/dsl/pipeline';
import { text } from '../../lib/dsl/ref';
import { notify } from '../../lib/dsl/tasks';
import { checkPipeline } from '../../lib/model/check';
import { decideApproval, listApprovals } from '../../lib/orchestration/approvals';
import { machineFaults } from '../cloud/support/validate-machine';
import { startLocalAws, type LocalAws } from '../support/local-aws';
import { playedMachine } from '../support/played-machine';
import { CompiledRuns } from '../support/run-compiled';

const form = z.object({ limit: z.number().min(0), note: z.string().default('') });
const asking = (onExpiry: 'fail' | 'skip', failureMode: 'continue' | 'failFast' = 'continue') =>
  pipeline({ id: 'lend', description: 'Asks', failureMode }, ({ run }) => {
    const asked = approval('ask', {
      prompt: text`Lend on ${run.ds}?`,
      details: { auc: 0.8, day: run.ds },
      form,
      expires: 3600,
      onExpiry,
    });
    notify('after', { subject: 'x', text: text`${asked.by}: ${asked.values.limit}` });
    notify('end', { subject: 'x', text: 'x' }, { after: [asked], triggerRule: 'all_done' });
  }).model;
const alone = pipeline({ id: 'lend', description: 'Asks' }, ({ run }) => {
  approval('ask', {
    prompt: text`Lend on ${run.ds}?`,
    details: { auc: 0.8, day: run.ds },
    form,
    expires: 3600,
  });
}).model;

describe('an approval', () => {
  let aws: LocalAws;
  let count = 0;
  beforeAll(async () => {
    aws = await startLocalAws();
  });
  afterAll(async () => aws.stop());

  const describeExecution = async (executionArn: string) =>
    sfnClient().send(new DescribeExecutionCommand({ executionArn }));
  const settled = async <T>(ask: () => Promise<T | undefined>): Promise<T> => {
    for (let i = 0; i < 500; i++) {
      const found = await ask();
      if (found !== undefined) return found;
      await new Promise((resolve) => setImmediate(resolve));
    }
    throw new Error('It does not come to rest.');
  };
  const start = async (runId = `lend-${++count}`) => {
    const name = `x-${++count}`;
    const machine = await aws.createMachine(
      name,
      playedMachine(
        compile(alone),
        { id: runId, ds: '2026-01-01' },
        {
          OrchestrationTable: orchestrationTable().name,
        },
      ),
    );
    return { runId, execution: await aws.startExecution(machine, name) };
  };
  const asked = async (runId: string) =>
    settled(async () => (await listApprovals(runId)).find(({ state }) => state === 'pending'));
  const ended = async (execution: string) =>
    settled(async () => {
      const { status, output } = await describeExecution(execution);
      return status === 'RUNNING' ? undefined : { status, output };
    });

  it('asks, and goes on with the decision', async () => {
    const { runId, execution } = await start();
    expect(await asked(runId)).toMatchObject({
      task: 'ask',
      pipeline: 'lend',
      prompt: 'Lend on 2026-01-01?',
      details: { auc: 0.8, day: '2026-01-01' },
      form: { properties: { limit: { type: 'number', minimum: 0 } } },
      state: 'pending',
    });
    const decision = { approved: true, by: 'ana', comment: 'fine', values: { limit: 5, note: '' } };
    expect(
      await decideApproval(runId, 'ask', { approved: true, comment: 'fine', values: { limit: 5 } }, 'ana'),
    ).toEqual(decision);
    const { status, output } = await ended(execution);
    expect([status, JSON.parse(output ?? '')]).toEqual([
      'SUCCEEDED',
      { status: 'success', tasks: { ask: 'success' } },
    ]);
    expect(await listApprovals(runId)).toMatchObject([{ state: 'decided', decision }]);
  });

  it('does not ask again in a rerun', async () => {
    const { runId, execution } = await start();
    await asked(runId);
    await decideApproval(runId, 'ask', { approved: false, comment: 'no' }, 'ana');
    await ended(execution);
    const again = await start(runId);
    expect((await ended(again.execution)).status).toBe('SUCCEEDED');
  });

  it('takes one decision of two at the same time, and none after it', async () => {
    const { runId, execution } = await start();
    await asked(runId);
    const both = await Promise.allSettled([
      decideApproval(runId, 'ask', { approved: true, values: { limit: 1 } }, 'ana'),
      decideApproval(runId, 'ask', { approved: false }, 'ben'),
    ]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(both.find(({ status }) => status === 'rejected')).toMatchObject({
      reason: {
        message: expect.stringMatching(
          /'ask' was (approved by ana|refused by ben) at .*A decision stands/,
        ) as unknown,
      },
    });
    expect((await ended(execution)).status).toBe('SUCCEEDED');
    await expect(decideApproval(runId, 'ask', { approved: false }, 'eve')).rejects.toMatchObject({
      name: 'Millrace.DecisionRefused',
    });
  });

  it('sends a decision that was recorded but not sent', async () => {
    const { runId, execution } = await start();
    await asked(runId);
    const decision = { approved: true, by: 'ana', comment: '', values: { limit: 1 } };
    await orchestrationTable().update(
      { pk: `RUN#${runId}`, sk: 'APPROVAL#ask' },
      {
        UpdateExpression: 'SET decision = :decision',
        ConditionExpression: 'attribute_exists(pk)',
        ExpressionAttributeValues: { ':decision': JSON.stringify(decision) },
      },
    );
    await expect(decideApproval(runId, 'ask', { approved: false }, 'ben')).rejects.toMatchObject({
      message: expect.stringContaining("'ask' was approved by ana") as unknown,
    });
    expect((await ended(execution)).status).toBe('SUCCEEDED');
  });

  it('refuses what does not fit the form, what is not asked, and what comes too late', async () => {
    const { runId } = await start();
    await asked(runId);
    const decide = (task: string, values: { limit: number }, now?: Date) =>
      decideApproval(runId, task, { approved: true, values }, 'ana', now);
    await expect(decide('ask', { limit: -1 })).rejects.toThrow(
      /form of 'ask' is filled in wrongly:\n {2}limit: /,
    );
    await expect(decide('other', { limit: 1 })).rejects.toThrow(/asks for no decision at 'other'/);
    const tomorrow = new Date(Date.now() + 86_400_000);
    await expect(decide('ask', { limit: 1 }, tomorrow)).rejects.toThrow(/expired at .* Rerun/);
    expect((await listApprovals(runId, tomorrow))[0]?.state).toBe('expired');
    expect((await listApprovals(runId))[0]?.state).toBe('pending');
  });

  it('keeps a decision on a run that was stopped for its rerun', async () => {
    const { runId, execution } = await start();
    await asked(runId);
    await sfnClient().send(new StopExecutionCommand({ executionArn: execution }));
    await expect(
      decideApproval(runId, 'ask', { approved: true, values: { limit: 1 } }, 'ana'),
    ).rejects.toThrow(/Nobody waits .* is recorded/);
    expect((await ended((await start(runId)).execution)).status).toBe('SUCCEEDED');
  });
});

describe('a compiled approval', () => {
  const runs = new CompiledRuns();
  beforeAll(() => runs.open());
  afterAll(() => runs.close());

  it('is a state that asl-validator takes', () => {
    const { definition } = compile(asking('skip'));
    const substituted = JSON.stringify(definition).replace(
      /\$\{(\w+)\}/g,
      'arn:aws:lambda:us-east-1:000000000000:function:$1',
    );
    expect(machineFaults(JSON.parse(substituted))).toBe('');
  });

  it('tells people before it waits, and waits also when they cannot be told', async () => {
    const telling = compile(
      pipeline({ id: 'lend', description: 'Asks' }, () => {
        approval('ask', { prompt: 'Lend?', expires: 60, onExpiry: 'skip', onAsk: [{ kind: 'topic' }] });
      }).model,
    );
    expect(telling.integrations).toContainEqual({ kind: 'tell' });
    expect(telling.definition.States['tell of ask']).toMatchObject({
      Resource: 'arn:aws:states:::events:putEvents',
      Arguments: { Entries: [{ DetailType: 'Decision Asked', Detail: { pipeline: 'lend', task: 'ask' } }] },
      Catch: [{ ErrorEquals: ['States.ALL'], Next: 'ask' }],
      Next: 'ask',
    });
    expect(telling.definition.States['Begin']).toMatchObject({ Next: 'tell of ask' });
    const ended = await runs.run(telling, {}, () => ({ seconds: 1, out: {} }));
    expect(ended.statuses).toEqual({ ask: 'skipped' });
  });

  it.each([
    ['fails', 'fail', 'continue', { ask: 'failed', after: 'upstream_failed', end: 'success' }],
    ['ends as skipped', 'skip', 'continue', { ask: 'skipped', after: 'skipped', end: 'success' }],
    [
      'ends as skipped though it fails fast',
      'skip',
      'failFast',
      { ask: 'skipped', after: 'skipped', end: 'success' },
    ],
  ] as const)('%s when nobody decides', async (_, onExpiry, failureMode, statuses) => {
    const ended = await runs.run(compile(asking(onExpiry, failureMode)), {}, () => ({ seconds: 1, out: {} }));
    expect(ended.statuses).toEqual(statuses);
    expect(ended.started.get('end')).toBe(3600);
  });

  it('says what is wrong with it', () => {
    const codes = (body: () => unknown) =>
      checkPipeline(pipeline({ id: 'wrong', description: 'Wrong', runTimeout: 3600 }, body).model).map(
        ({ code }) => code,
      );
    const ask = () => approval('ask', { prompt: 'ok?', expires: 60 });
    expect(codes(() => approval('ask', { prompt: 'ok?', expires: 7200 }))).toEqual(['MR210']);
    expect(codes(() => map('each', [1], ask))).toEqual(['MR188']);
    expect(
      codes(() => {
        const asked = approval('ask', { prompt: 'ok?', expires: 60, form });
        notify('after', { subject: 'x', text: asked.values.limit as never });
      }),
    ).toEqual(['MR140']);
  });
});
