import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { compiled, playPipeline, startTestCloud, type TestCloud } from 'millrace/testing';
import bookings from '../pipelines/bookings';
import { handler } from '../lambdas/price-per-night/handler';

let cloud: TestCloud;
before(async () => {
  cloud = await startTestCloud();
});
after(() => cloud.stop());

test('the task divides by nights', async () => {
  await cloud.objects.putBytes('raw/two.csv', 'booking,price,nights\n1,300,3\n2,200,1\n');
  assert.deepEqual(await cloud.runTask(handler, { source: 'raw/two.csv', currency: 'USD' }), {
    bookings: 2,
    average: 150,
    text: '150.00 USD',
  });
});

test('the task refuses a file without bookings, and says which', async () => {
  await cloud.objects.putBytes('raw/none.csv', 'booking,price,nights\n');
  await assert.rejects(cloud.runTask(handler, { source: 'raw/none.csv' }), /raw\/none.csv has no bookings/);
});

const dataset = { dataset: { uri: 's3://b/x.parquet' } };
const play = (average: number, failures = 0) =>
  playPipeline(bookings, {
    tasks: {
      ingest: () => dataset,
      validate: () => dataset,
      price: (_input, { number }) => {
        if (number <= failures) throw new Error('S3 is away');
        return { bookings: 1, average, text: `${average}` };
      },
      tell: () => ({ messageId: '1' }),
    },
  });

test('people are told of expensive nights only', async () => {
  assert.equal((await play(200)).tasks['tell'], 'success');
  assert.equal((await play(100)).tasks['tell'], 'skipped');
});

test('a task is tried again after ten seconds, without waiting for them', async () => {
  const run = await play(100, 2);
  assert.equal(run.status, 'success');
  assert.equal(run.attempts['price'], 3);
  assert.ok(run.seconds >= 20);
  assert.equal((await play(100, 3)).status, 'failed');
});

test('the machine retries as the definition says', () => {
  const { definition } = compiled(bookings);
  assert.equal(definition.QueryLanguage, 'JSONata');
  assert.match(JSON.stringify(definition.States), /"MaxAttempts":2/);
});
