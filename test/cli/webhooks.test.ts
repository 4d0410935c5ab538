import { createVersion } from '../../lib/tracking/model-versions';
import { getModel } from '../../lib/tracking/registered-models';
import { deliverChange } from '../../lib/tracking/webhooks/deliver';
import { createWebhook } from '../../lib/tracking/webhooks/webhooks';
import { startTrackingEndpoint, type TrackingEndpoint } from '../support/tracking-endpoint';

let millrace: TrackingEndpoint;
beforeAll(async () => {
  millrace = await startTrackingEndpoint();
});
afterAll(async () => millrace.stop());

it('millrace webhooks lists them without secrets, and what became of deliveries', async () => {
  expect((await millrace.run('webhooks')).stdout).toBe('No webhooks.\n');
  const events = [{ entity: 'model_version', action: 'created' }];
  // Nobody listens there.
  const { id } = await createWebhook({ name: 'chat', url: 'http://127.0.0.1:9/', events, secret: 's3cret' });
  expect((await millrace.run('webhooks', 'chat')).stdout).toBe('Nothing was sent to chat yet.\n');
  const change = { ...events[0]!, id: 'c', at: '2026-11-21T10:00:00.000Z', data: {} };
  await expect(deliverChange(change, { attempts: 2, pause: async () => {} })).rejects.toThrow(
    'chat: connect ECONNREFUSED',
  );
  const listed = await millrace.run('webhooks', '--json');
  expect(JSON.parse(listed.stdout)).toMatchObject([{ id, name: 'chat', signed: true }]);
  expect(listed.stdout).not.toContain('s3cret');
  expect((await millrace.run('webhooks', id)).stdout).toMatch(
    /2026-11-21 10:00:00\s+model_version\.created\s+no\s+2/,
  );
  const { code, stderr } = await millrace.run('webhooks', 'talk');
  expect([code, stderr]).toEqual([2, expect.stringContaining(`Give an id: ${id} (chat)`) as unknown]);
});

it('millrace promote is that of models', async () => {
  for (const idempotencyKey of ['1', '2'])
    await createVersion({ name: 'short', source: 's3://b/', runId: '', by: 'x', idempotencyKey });
  const because = ['--alias', 'champion', '--reason', 'r'];
  for (const version of ['1', '2'])
    expect((await millrace.run('promote', 'short', version, ...because)).code).toBe(0);
  expect((await getModel('short')).aliases).toEqual({ champion: '2' });
});
