/** Calls of services and statements of Aurora when the service fails, is busy, or does not answer. */
import { alarmTopic, auroraQuery, awsCall, pipeline, seconds, type CallOptions } from '../../lib';
import { compile } from '../../lib/compiler/compile';
import { errorPrefixOf } from '../../lib/compiler/service-faults';
import { AwsError } from '../../lib/local/service';
import { QueryMachine, type PlayedCall } from '../support/query-machine';

const machine = new QueryMachine();
beforeAll(() => machine.open());
afterAll(() => machine.close());

const looking = (options: CallOptions) =>
  compile(
    pipeline({ id: 'look', description: 'Looks' }, () => {
      awsCall('look', {
        service: 'athena',
        action: 'getWorkGroup',
        arguments: { WorkGroup: 'primary' },
        permissions: [{ actions: ['athena:GetWorkGroup'], resources: ['*'] }],
        select: '$states.result.WorkGroup',
        ...options,
      });
    }).model,
  );
const writing = (timeout?: number) =>
  compile(
    pipeline({ id: 'write', description: 'Writes' }, () => {
      auroraQuery(
        'write',
        {
          sql: 'UPDATE t SET n = 1',
          clusterArn: 'arn:aws:rds:eu-central-1:000000000000:cluster:shop',
          secretArn: 'arn:aws:secretsmanager:eu-central-1:000000000000:secret:shop-AbCdEf',
          database: 'shop',
        },
        timeout === undefined ? {} : { timeout },
      );
    }).model,
  );
const busy = (operation: string, times: number, code = 'ThrottlingException') => {
  let left = times;
  return ({ operation: asked }: PlayedCall): unknown => {
    if (asked === operation && left-- > 0) throw new AwsError(code, 'Rate exceeded');
    return asked === 'GetWorkGroup' ? { WorkGroup: { Name: 'primary' } } : { NumberOfRecordsUpdated: 1 };
  };
};
const asked = (calls: readonly PlayedCall[], operation: string): number =>
  calls.filter((call) => call.operation === operation).length;

describe('a call of a service', () => {
  it('fails with the name and the words of the service, and tells people', async () => {
    const run = await machine.run(looking({ onFailure: [alarmTopic] }), busy('GetWorkGroup', 9, 'InvalidRequestException')); // prettier-ignore
    expect(run.status).toBe('FAILED');
    expect(run.error('look')).toEqual({ Error: 'Athena.InvalidRequestException', Cause: 'Rate exceeded' });
    expect([asked(run.calls, 'GetWorkGroup'), asked(run.calls, 'PutEvents')]).toEqual([1, 1]);
    const event = run.calls.at(-1)?.input as { Entries: [{ DetailType: string; Detail: string }] };
    expect(event.Entries[0].DetailType).toBe('Task Failed');
    expect(JSON.parse(event.Entries[0].Detail)).toMatchObject({
      task: 'look',
      final: true,
      error: { name: 'Athena.InvalidRequestException', message: 'Rate exceeded' },
    });
  });

  it.each(['ThrottlingException', 'InternalServerException', 'AthenaException'])(
    'is made again by itself after %s, five times, whatever the retries of the task',
    async (code) => {
      const run = await machine.run(looking({ retries: 0 }), busy('GetWorkGroup', 5, code));
      expect(run.output['look']).toEqual({ Name: 'primary' });
      expect(asked(run.calls, 'GetWorkGroup')).toBe(6);
      const failed = await machine.run(looking({ retries: 0 }), busy('GetWorkGroup', 6, code));
      expect(failed.error('look')).toEqual({ Error: `Athena.${code}`, Cause: 'Rate exceeded' });
    },
  );

  it('waits longer and longer, at random, for what its service may say', () => {
    const { Retry: retry } = looking({ retries: 0 }).definition.States['look'] as { Retry: unknown };
    expect(retry).toEqual([
      {
        ErrorEquals: [
          'Athena.ThrottlingException',
          'Athena.ThrottledException',
          'Athena.TooManyRequestsException',
          'Athena.RequestLimitExceededException',
          'Athena.ProvisionedThroughputExceededException',
          'Athena.ServiceUnavailableException',
          'Athena.InternalServerException',
          'Athena.InternalServerErrorException',
          'Athena.InternalServiceException',
          'Athena.InternalServiceErrorException',
          'Athena.SdkClientException',
          'Athena.AthenaException',
        ],
        IntervalSeconds: 1,
        MaxAttempts: 5,
        BackoffRate: 2,
        MaxDelaySeconds: 30,
        JitterStrategy: 'FULL',
      },
    ]);
  });

  it.each([
    ['s3', 'S3'],
    ['dynamodb', 'DynamoDb'],
    ['cloudwatchlogs', 'CloudWatchLogs'],
    ['glue', 'Glue'],
    ['rdsdata', 'RdsData'],
  ])('of %s has errors of %s', (service, prefix) => {
    expect(errorPrefixOf(service)).toBe(prefix);
  });

  it('is made again when the service is busy, as its rule says', async () => {
    const run = await machine.run(
      looking({ retries: [{ on: 'Athena.ThrottlingException', attempts: 3, delaySeconds: 5 }] }),
      busy('GetWorkGroup', 2),
    );
    expect(run.output['look']).toEqual({ Name: 'primary' });
    expect([asked(run.calls, 'GetWorkGroup'), run.seconds]).toEqual([3, 10]);
  });

  it('ends when its time is up, and is tried again as its rule says', async () => {
    const run = await machine.run(
      looking({ timeout: seconds(30), retries: [{ on: 'States.Timeout', attempts: 1, delaySeconds: 10 }] }),
      () => machine.never(),
    );
    expect(run.error('look')?.Error).toBe('States.Timeout');
    expect([asked(run.calls, 'GetWorkGroup'), run.seconds]).toEqual([2, 70]);
  });
});

describe('a statement of Aurora', () => {
  it('is asked again while the service is busy, without an attempt of the task', async () => {
    const run = await machine.run(writing(), busy('ExecuteStatement', 3));
    expect(run.output['write']).toEqual({ rows: [], updated: 1 });
    expect(await run.record('write')).toMatchObject({ status: 'success', attempt: 1 });
  });

  it('fails when nobody answers, and is recorded so', async () => {
    const run = await machine.run(writing(20), () => machine.never());
    expect([run.status, run.error('write')?.Error]).toEqual(['FAILED', 'States.Timeout']);
    expect(await run.record('write')).toMatchObject({ status: 'failed', error: { name: 'States.Timeout' } });
    // The service ends a statement after its time; a little beyond that there will be no answer.
    expect(run.seconds).toBe(35);
  });
});
