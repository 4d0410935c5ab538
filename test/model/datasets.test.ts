import { z } from 'zod';
import { compile } from '../../lib/compiler/compile';
import { pipeline } from '../../lib/dsl/pipeline';
import { datasetUpdated } from '../../lib/dsl/schedule';
import { task } from '../../lib/dsl/task';
import type { Trigger } from '../../lib/model/schedule';
import { contract } from '../../lib/tasks/contract';

const step = task(
  contract({ name: 'step', summary: 'For tests.', input: z.object({}), output: z.object({ n: z.number() }) }),
);

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

it.each([
  [['two words'], [], 'MR240'],
  [[], [datasetUpdated([])], 'MR241'],
  [['orders'], [datasetUpdated(['orders', 'customers'])], 'MR242'],
])('outlets %j with triggers %j are refused: %s', (outlets, triggers, code) => {
  expect(() => compiled(outlets, triggers)).toThrow(code);
});
