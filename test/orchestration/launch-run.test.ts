import { launchRun, type LaunchRequest } from '../../lib/orchestration/launch-run';
import type { Place } from '../../lib/orchestration/place';
import { sfnClient } from '../../lib/aws/clients/sfn';
import { DescribeExecutionCommand, ListExecutionsCommand } from '@aws-sdk/client-sfn';
import { MACHINES, startLocalAws, type LocalAws } from '../support/local-aws';

let aws: LocalAws;
let requests = 0;
beforeAll(async () => {
  aws = await startLocalAws();
  for (const pipeline of ['credit-risk', 'churn']) {
    await aws.createMachine(`millrace-test-${pipeline}`, {
      QueryLanguage: 'JSONata',
      StartAt: 'Begin',
      States: {
        Begin: {
          Type: 'Task',
          Resource: 'arn:aws:states:::lambda:invoke',
          Arguments: {
            FunctionName: 'arn:aws:lambda:us-east-1:000000000000:function:begin',
            Payload: { paramsSchema: { type: 'object', properties: { rows: { type: 'integer' } } } },
          },
          End: true,
        },
      },
    });
  }
});
afterAll(async () => aws.stop());

const place = (more: Partial<Place> = {}): Place => ({
  machineArn: (name) => `${MACHINES}${name}`,
  now: () => new Date('2026-11-21T06:00:00.500Z'),
  requestId: `request-${++requests}`,
  ...more,
});

const inputOf = async (executionArn: string) => {
  const { input } = await sfnClient().send(new DescribeExecutionCommand({ executionArn }));
  return JSON.parse(input ?? '') as unknown;
};

const executions = async (pipeline: string) =>
  (
    await sfnClient().send(
      new ListExecutionsCommand({ stateMachineArn: `${MACHINES}millrace-test-${pipeline}` }),
    )
  ).executions?.length;

describe('launching', () => {
  it('starts an execution named after the run, with checked params', async () => {
    const launched = await launchRun({ pipeline: 'credit-risk', params: { rows: 3 }, token: 'a' }, place());
    expect(launched.runId).toMatch(/^credit-risk--manual--20261121T060000Z-[0-9a-f]{8}$/);
    expect(launched.executionArn).toBe(
      `arn:aws:states:us-east-1:000000000000:execution:millrace-test-credit-risk:${launched.runId}`,
    );
    expect(await inputOf(launched.executionArn)).toEqual({
      runId: launched.runId,
      params: { rows: 3 },
      trigger: 'manual',
      logicalDate: '2026-11-21T06:00:00.500Z',
    });
  });

  it('asked twice, hours apart or at the same time, starts once', async () => {
    const request: LaunchRequest = { pipeline: 'churn', params: { rows: 3 }, token: 'same' };
    const late = place({ now: () => new Date('2026-11-21T12:00:00Z') });
    const launched = await Promise.all([1, 2, 3].map(() => launchRun(request, place())));
    launched.push(await launchRun(request, late));
    expect(new Set(launched.map((one) => one.executionArn)).size).toBe(1);
    expect(await executions('churn')).toBe(1);
    await launchRun({ ...request, token: 'another' }, late);
    expect(await executions('churn')).toBe(2);
  });

  it('for a logical date starts once per date, whoever delivers the request', async () => {
    const request: LaunchRequest = {
      pipeline: 'credit-risk',
      trigger: 'schedule',
      logicalDate: '2026-11-16T05:00:00Z',
      dataIntervalEnd: '2026-11-23T05:00:00Z',
    };
    const a = await launchRun(request, place());
    const b = await launchRun({ ...request, logicalDate: '2026-11-16T06:00:00+01:00' }, place());
    const c = await launchRun({ ...request, logicalDate: '2026-11-23T05:00:00Z' }, place());
    expect(b).toEqual(a);
    expect(c.runId).not.toBe(a.runId);
    expect(await inputOf(a.executionArn)).toMatchObject({
      trigger: 'schedule',
      logicalDate: '2026-11-16T05:00:00.000Z',
      dataIntervalEnd: '2026-11-23T05:00:00.000Z',
    });
  });

  it('delivered again under the same request id is the same request', async () => {
    const same = { requestId: 'lambda-retry' };
    const a = await launchRun({ pipeline: 'credit-risk' }, place(same));
    const b = await launchRun({ pipeline: 'credit-risk' }, place({ ...same, now: () => new Date() }));
    expect(b).toEqual(a);
  });

  it('of an unknown pipeline names those that are deployed', async () => {
    await expect(launchRun({ pipeline: 'credit-rsik' }, place())).rejects.toMatchObject({
      name: 'Millrace.UnknownPipeline',
      message:
        "There is no pipeline 'credit-rsik' in stage test. Deployed: churn, credit-risk. Deploy it (npx cdk deploy millrace-test-credit-rsik) or correct the name.",
    });
  });

  it('with bad params or a bad request starts nothing', async () => {
    const before = await executions('credit-risk');
    const refused = (request: object) =>
      expect(launchRun({ pipeline: 'credit-risk', ...request }, place())).rejects;
    await refused({ params: { rows: 'x' } }).toThrow('rows: expected number, got "x"');
    await refused({ params: { raws: 1 } }).toThrow('raws: there is no such param');
    await refused({ rows: 1 }).toThrow('rows: not known here');
    await refused({ logicalDate: 'monday' }).toThrow('logicalDate: must be an ISO 8601 instant');
    expect(await executions('credit-risk')).toBe(before);
  });
});
