import { z } from 'zod';
import { compile } from '../../lib/compiler/compile';
import { awsCall } from '../../lib/dsl/aws-call';
import { map } from '../../lib/dsl/map';
import { pipeline, type PipelineDefinition } from '../../lib/dsl/pipeline';
import { text } from '../../lib/dsl/ref';
import { datasetUpdated } from '../../lib/dsl/schedule';
import { task } from '../../lib/dsl/task';
import type { Trigger } from '../../lib/model/schedule';
import { contract } from '../../lib/tasks/contract';

const step = task(
  contract({ name: 'step', summary: 'For tests.', input: z.object({}), output: z.object({ n: z.number() }) }),
);

const told = (definition: PipelineDefinition) => compile(definition.model).definition.States;
const compiled = (outlets: readonly string[], triggers: readonly Trigger[] = []) =>
  compile(
    pipeline({ id: 'load', description: 'For tests.', triggers }, () => step('write', {}, { outlets })).model,
  );

it('a task tells which datasets its success updates', () => {
  const { definition } = compiled(['sales/orders']);
  expect(definition.States['write']).toMatchObject({
    Arguments: { Payload: { announces: { datasets: ['sales/orders'] } } },
  });
});

it('a trigger waits for all of its datasets, or any', () => {
  expect(datasetUpdated(['a', 'b', 'a'])).toEqual({ kind: 'dataset', datasets: ['a', 'b'], mode: 'all' });
  expect(datasetUpdated('a', { mode: 'any' })).toEqual({ kind: 'dataset', datasets: ['a'], mode: 'any' });
});

it('a task tells which part of them, by a param, an output upstream or the item of a map', () => {
  const params = z.object({ region: z.string() });
  const states = told(
    pipeline({ id: 'load', description: 'For tests.', params }, ({ params: { region } }) => {
      const first = step('first', {}, { outlets: ['a'], partitionKey: region });
      step('second', {}, { outlets: ['a', 'b'], partitionKey: text`${region}/${first.n}` });
      awsCall('call', {
        service: 's3',
        action: 'headObject',
        arguments: {},
        permissions: [],
        outlets: ['c'],
        partitionKey: region,
      });
    }),
  );
  const first = JSON.stringify(states);
  // What the key is made of orders the tasks, and stays in the state.
  expect(first).toContain('"announces":{"datasets":["a"],"partitionKey":"{% $run.params.region %}"}');
  expect(first).toContain('"returns":{"n":"inline"}');
  expect(first).toContain('"Next":"second"');
  expect(first).toContain('$string($run.params.region) & \\"/\\" & $string($first__1.out.n)');
  expect(first).toContain('"dataset":"c","partitionKey":"{% $run.params.region %}"');
  const mapped = told(
    pipeline({ id: 'load', description: 'For tests.' }, () => {
      map('each', ['north', 'south'], (region) => step('one', {}, { outlets: ['a'], partitionKey: region }));
    }),
  );
  expect(JSON.stringify(mapped)).toContain('"partitionKey":"{% $states.input.item %}"');
});

it('a trigger by key hands the key to a param', () => {
  expect(datasetUpdated('a', { per: 'key', param: 'region' })).toEqual({
    kind: 'dataset',
    datasets: ['a'],
    mode: 'all',
    per: 'key',
    param: 'region',
  });
  expect(() => compiled([], [datasetUpdated('a', { per: 'key', param: 'region' })])).toThrow('MR243');
  const keyed = (outlets: readonly string[], partitionKey: string) =>
    pipeline({ id: 'load', description: 'For tests.' }, () => step('write', {}, { outlets, partitionKey }))
      .model;
  expect(() => compile(keyed([], 'north'))).toThrow('MR244');
  expect(() => compile(keyed(['a'], ''))).toThrow('MR245');
  expect(() => compile(keyed(['a'], 'x'.repeat(257)))).toThrow('MR245');
});

it.each([
  [['two words'], [], 'MR240'],
  [[], [datasetUpdated([])], 'MR241'],
  [['orders'], [datasetUpdated(['orders', 'customers'])], 'MR242'],
])('outlets %j with triggers %j are refused: %s', (outlets, triggers, code) => {
  expect(() => compiled(outlets, triggers)).toThrow(code);
});
