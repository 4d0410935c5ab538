import { putEvents } from '../../lib/local/stepfunctions/put-events';
import { ROOT, type JsonService } from '../../lib/local/service';

const EXECUTION = 'arn:aws:states:us-east-1:000000000000:execution:m:x';
function bus(answer: object) {
  const given: unknown[] = [];
  const service: JsonService = {
    target: 'AWSEvents',
    jsonVersion: '1.1',
    call: async (operation, input) => {
      given.push([operation, input]);
      return answer;
    },
  };
  return { given, service };
}

it('gives the bus details as texts, and says which execution it was', async () => {
  const { given, service } = bus({ FailedEntryCount: 0, Entries: [{ EventId: '1' }] });
  const entries = [{ Source: 's', DetailType: 'T', Detail: { task: 'a' } }, { Detail: '{"as":"it is"}' }, {}];
  expect(await putEvents(service, { Entries: entries }, EXECUTION, ROOT)).toMatchObject({
    FailedEntryCount: 0,
  });
  expect(given).toEqual([
    [
      'PutEvents',
      {
        Entries: [
          { Resources: [EXECUTION], Source: 's', DetailType: 'T', Detail: '{"task":"a"}' },
          { Resources: [EXECUTION], Detail: '{"as":"it is"}' },
          { Resources: [EXECUTION], Detail: '{}' },
        ],
      },
    ],
  ]);
});

it('fails the state when one entry is not taken', async () => {
  const { service } = bus({ FailedEntryCount: 1, Entries: [{ ErrorCode: 'ThrottlingException' }] });
  await expect(putEvents(service, { Entries: [{}] }, EXECUTION, ROOT)).rejects.toMatchObject({
    error: 'EventBridge.FailedEntry',
    message: expect.stringContaining('ThrottlingException') as string,
  });
});
