import { alarmTopic, athenaQuery, container, cron, map, pipeline, pool, shell } from '../../lib';
import { estimatePipeline } from '../../lib/cli/estimate-pipeline';
import { compile } from '../../lib/compiler/compile';
import { transitionsOf } from '../../lib/compiler/transitions';

const { model } = pipeline({ id: 'priced', description: 'Priced', schedule: cron('0 6 * * *') }, () => {
  shell('plain', { command: 'true' });
  map('each', [1, 2, 3, 4, 5], () => {
    shell('one', { command: 'true' });
    container('fit', { runsOn: 'fargate', image: 'a:1', cpu: 1, memoryMb: 2048 });
  });
  container('gpu', { runsOn: 'batch', image: 'a:1', gpu: 1 });
  athenaQuery(
    'query',
    { sql: 'SELECT 1', database: 'd', reads: ['raw/'] },
    { pool: pool('warehouse', 2), outlets: ['a', 'b'], onSuccess: [alarmTopic] },
  );
});
const compiled = compile(model);
const estimate = estimatePipeline(model, compiled, () => 60);
const quantity = (item: string) => estimate.lines.find((line) => line.item === item)?.quantity;

it('counts what a map does once for each item', () => {
  // begin, finish; plain; one five times; prepare and collect of five containers and of one; two calls for the slot.
  expect(quantity('Lambda requests')).toBe(2 + 1 + 5 + 2 * 5 + 2 + 2);
  // Five containers of a vCPU for a minute.
  expect(quantity('Fargate processors')).toBe(5 * 60);
  expect(quantity('Step Functions')).toBe(transitionsOf(compiled.definition));
});

it('counts what the machine asks of the table and of the bus by itself', () => {
  const calls = quantity('Lambda requests') ?? 0;
  // Of the query: begin and record.
  expect(quantity('DynamoDB writes')).toBe(calls * 2 + 2);
  expect(quantity('EventBridge')).toBe(3);
});

it('names what has prices of its own, and multiplies by the runs of a month', () => {
  expect(estimate.unpriced).toEqual(['gpu (batch)', 'query (athena)']);
  expect(estimate.runsPerMonth).toBe(30);
  expect(estimate.perMonth).toBeCloseTo(estimate.perRun * 30, 9);
});
