/** What rolls an endpoint back with nobody calling: alarms by their names, and events. */
import '../support/quiet-telemetry';
import { handler } from '../../lambdas/endpoint-events/handler';
import { deployVersion } from '../../lib/serving/change-endpoint';
import { getEndpoint, listChanges } from '../../lib/serving/endpoint';
import { startLocalAws, type LocalAws } from '../support/local-aws';
import { registerCreditModel } from '../support/registered-model';

let aws: LocalAws;
let count = 0;
beforeAll(async () => {
  aws = await startLocalAws();
  await registerCreditModel('credit');
  await registerCreditModel('credit', { rows: 500 });
}, 30_000);
afterAll(async () => aws.stop());

const deploy = (endpoint: string, version: string) =>
  deployVersion({
    endpoint,
    model: 'credit',
    version,
    strategy: { kind: 'canary', percent: 10, seconds: 3600 },
    by: 'test',
    reason: 'test',
  });
const alarm = (alarmName: string, id = `event-${++count}`) =>
  handler({
    id,
    'detail-type': 'CloudWatch Alarm State Change',
    detail: { alarmName, state: { value: 'ALARM', reason: 'Threshold crossed' } },
  } as never);

it.each(['candidate-errors', 'candidate-crashes', 'candidate-latency', 'candidate-5xx'])(
  'an alarm that ends in %s takes the new version back, once',
  async (ending) => {
    const endpoint = `credit-${ending.split('-')[1]}`;
    await deploy(endpoint, '1');
    await deploy(endpoint, '2');
    const name = `millrace-test-endpoint-${endpoint}-${ending}`;
    expect(await alarm(name, ending)).toMatchObject({ from: '2', to: '1', by: `alarm ${name}` });
    // Delivered again, and flapping, it changes nothing more.
    await alarm(name, ending);
    await alarm(name);
    expect(await getEndpoint(endpoint)).toMatchObject({ stable: '1' });
    expect((await listChanges(endpoint)).filter(({ action }) => action === 'rollback')).toHaveLength(1);
  },
);

it('an event takes back the version that it names, and no other', async () => {
  await deploy('asked', '1');
  await deploy('asked', '2');
  const ask = (id: string, version: string) =>
    handler({
      id,
      'detail-type': 'Roll Back Endpoint',
      detail: { endpoint: 'asked', reason: 'x', version },
    } as never);
  expect(await ask('late', '1')).toBeNull();
  expect(await ask('right', '2')).toMatchObject({ from: '2', to: '1' });
});
