import '../support/quiet-telemetry';
import { handler as begin } from '../../lambdas/begin/handler';
import { handler as finish } from '../../lambdas/finish/handler';
import { handler as launch } from '../../lambdas/launcher/handler';
import { handler as notify } from '../../lambdas/notify/handler';
import { handler as runEnded } from '../../lambdas/run-ended/handler';
import type { Launched } from '../../lib/orchestration/launch-run';
import { snsClient } from '../../lib/aws/clients/sns';
import { readRun } from '../../lib/orchestration/read-run';
import { startLocalAws, type LocalAws } from '../support/local-aws';
import { lambdaContext, taskEvent } from '../support/task-event';

let aws: LocalAws;
beforeAll(async () => {
  aws = await startLocalAws();
});
afterAll(async () => aws.stop());
afterEach(() => jest.restoreAllMocks());

const beginEvent = (name: string) => ({
  pipeline: 'churn',
  execution: {
    arn: `arn:aws:states:us-east-1:000000000000:execution:millrace-test-churn:${name}`,
    name,
    startTime: '2026-11-21T06:00:00Z',
  },
  input: {},
  paramsSchema: { type: 'object', properties: {} },
  code: { commit: 'abc', dirty: true },
});

it('begin and finish record a run from start to end', async () => {
  const event = beginEvent('a');
  const run = await begin(event);
  const execution = event.execution.arn;
  await expect(finish({ run, execution, tasks: { x: 'success' }, leaves: ['x'] })).resolves.toEqual({
    status: 'success',
    failed: [],
    message: 'churn reached all of its ends.',
  });
  expect((await readRun(run.id))?.record.status).toBe('success');
});

it('run-ended closes the run of an execution that was stopped', async () => {
  const event = beginEvent('b');
  const run = await begin(event);
  await runEnded(
    { detail: { executionArn: event.execution.arn, name: 'b', status: 'ABORTED' } },
    lambdaContext(),
  );
  expect((await readRun(run.id))?.record.status).toBe('aborted');
});

it('launcher looks for machines beside itself', async () => {
  await aws.createMachine('millrace-test-churn', {
    QueryLanguage: 'JSONata',
    StartAt: 'Begin',
    States: { Begin: { Type: 'Succeed' } },
  });
  const launched = (await launch({ pipeline: 'churn', token: 't' }, lambdaContext())) as Launched;
  expect(launched.executionArn).toBe(
    `arn:aws:states:us-east-1:000000000000:execution:millrace-test-churn:${launched.runId}`,
  );
});

it('notify publishes the text with the run it comes from', async () => {
  const sent: unknown[] = [];
  jest.spyOn(snsClient(), 'send').mockImplementation(((command: { input: unknown }) => {
    sent.push(command.input);
    return Promise.resolve({ MessageId: 'm-1' });
  }) as never);
  const event = taskEvent({
    task: 'alert',
    runId: 'n1',
    input: { subject: 'AUC → too low\n!', text: 'It is 0.6.' },
  });
  expect(await notify(event, lambdaContext())).toEqual({ status: 'success', out: { messageId: 'm-1' } });
  expect(sent).toEqual([
    {
      TopicArn: 'arn:aws:sns:us-east-1:000000000000:millrace-test-alarms',
      Subject: 'AUC too low !',
      Message: 'It is 0.6.\n\nRun: n1\nTask: alert\nDetails: millrace show n1',
    },
  ]);
});
