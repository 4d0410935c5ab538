/** What the bus is told when an alias moves: once per change, whoever makes it, and again for a repetition. */
import type { PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { eventBridgeClient } from '../../lib/aws/clients/event-bridge';
import { createVersion } from '../../lib/tracking/model-versions';
import { setAlias } from '../../lib/tracking/model-changes';
import { promote } from '../../lib/tracking/promotion';
import { rollback } from '../../lib/tracking/rollback';
import { startLocalAws, type LocalAws } from '../support/local-aws';

interface Told {
  readonly model: string;
  readonly alias: string;
  readonly version: string;
  readonly previous: string | null;
  readonly id: string;
}

let aws: LocalAws;
const told: Told[] = [];
let refuse = false;

beforeAll(async () => {
  aws = await startLocalAws();
  // What goes to the bus passes here.
  jest.spyOn(eventBridgeClient(), 'send').mockImplementation((async (command: PutEventsCommand) => {
    if (refuse) throw new Error('the bus is away');
    for (const { Detail = '{}', DetailType } of command.input.Entries ?? [])
      if (DetailType === 'Alias Moved') told.push(JSON.parse(Detail) as Told);
    return { FailedEntryCount: 0, Entries: [] };
  }) as never);
  for (const version of ['1', '2'])
    await createVersion({
      name: 'm',
      source: `s3://b/${version}/`,
      runId: '',
      by: 'x',
      idempotencyKey: version,
    });
});
afterAll(async () => {
  jest.restoreAllMocks();
  await aws.stop();
});
beforeEach(() => void told.splice(0));

const request = { name: 'm', alias: 'champion', archiveExisting: false, reason: 'r', by: 'x' };

describe('an alias that moves', () => {
  it('is told with the versions, and again under the same id', async () => {
    await promote({ ...request, version: '1', idempotencyKey: 'k1' });
    await promote({ ...request, version: '1', idempotencyKey: 'k1' });
    expect(told).toMatchObject([
      { model: 'm', alias: 'champion', version: '1', previous: null, id: 'k1' },
      { version: '1', previous: null, id: 'k1' },
    ]);
  });

  it('is told of rollbacks and of clients, not when it stays', async () => {
    await promote({ ...request, version: '2' });
    await promote({ ...request, version: '2' });
    await rollback({ name: 'm', alias: 'champion', reason: 'r', by: 'x' });
    await setAlias('m', 'champion', '2', 'client');
    await setAlias('m', 'champion', '2', 'client');
    expect(told.map(({ previous, version }) => `${previous}>${version}`)).toEqual(['1>2', '2>1', '1>2']);
  });

  it('says that it has moved when the bus does not answer, and tells it when it is done again', async () => {
    refuse = true;
    const log = jest.spyOn(console, 'error').mockImplementation(() => {});
    await expect(promote({ ...request, version: '1', idempotencyKey: 'k2' })).rejects.toThrow(
      "The alias 'champion' of m is at version 1 now, but the bus",
    );
    refuse = false;
    // What webhooks would have heard is in the log: nothing tells it again.
    expect(log.mock.calls).toEqual([[expect.stringContaining('the bus was not told: the bus is away')]]);
    log.mockRestore();
    await promote({ ...request, version: '1', idempotencyKey: 'k2' });
    expect(told).toMatchObject([{ version: '1', previous: '2', id: 'k2' }]);
  });
});
