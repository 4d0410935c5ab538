import type { RunDocument } from '../../lib/tracking/run-document';
import { runDelta } from '../../lib/tracking/run-delta';

const point = (step: number, v = '1') => ({ v, step, timestamp: 5 });
const run: RunDocument = {
  runId: 'r',
  experimentId: '1',
  runName: 'n',
  status: 'RUNNING',
  startTime: 1,
  artifactUri: 's3://b/1/r',
  lifecycleStage: 'active',
  m: { loss: point(1) },
  p: { depth: '3' },
  t: { 'mlflow.runName': 'n' },
  inputs: {},
  rev: 4,
};

it('sets what was logged under conditions of its own, and counts the revision up', () => {
  const changed = {
    ...run,
    m: { ...run.m, loss: point(2) },
    p: { ...run.p, a: '1' },
    t: { ...run.t, x: 'y' },
  };
  expect(runDelta(run, changed)).toEqual({
    UpdateExpression: 'SET #m.#k0 = :v0, #p.#k1 = :v1, #t.#k2 = :v2 ADD #rev :one',
    ConditionExpression:
      '#stage = :active AND (attribute_not_exists(#m.#k0) OR #m.#k0.#step < :s0 OR (#m.#k0.#step = :s0 AND #m.#k0.#time < :t0) OR #m.#k0 = :w0) AND attribute_not_exists(#p.#k1)',
    ExpressionAttributeNames: {
      '#rev': 'rev',
      '#stage': 'lifecycleStage',
      '#m': 'm',
      '#p': 'p',
      '#t': 't',
      '#k0': 'loss',
      '#k1': 'a',
      '#k2': 'x',
      '#step': 'step',
      '#time': 'timestamp',
    },
    ExpressionAttributeValues: {
      ':one': 1,
      ':active': 'active',
      ':v0': point(2),
      ':s0': 2,
      ':t0': 5,
      ':w0': point(1),
      ':v1': '1',
      ':v2': 'y',
    },
  });
});

it.each<[string, RunDocument]>([
  ['the name', { ...run, runName: 'other', t: { 'mlflow.runName': 'other' } }],
  ['the status', { ...run, status: 'FINISHED' }],
  ['an end', { ...run, endTime: 9 }],
  ['a tag that is taken back', { ...run, t: {} }],
  ['nothing', { ...run, m: { ...run.m } }],
  [
    'more keys than an expression holds',
    {
      ...run,
      p: Object.fromEntries([['depth', '3'], ...Array.from({ length: 21 }, (_key, i) => [`k${i}`, ''])]),
    },
  ],
])('is a matter of the whole item: %s', (_what, changed) => {
  expect(runDelta(run, changed)).toBeUndefined();
});

it('is a matter of the whole item where an experiment brought the run back', () => {
  const restored = { ...run, deletedAt: 7 };
  expect(runDelta(restored, { ...restored, t: { ...run.t, a: 'b' } })).toBeUndefined();
});

it('stays within the limits of an expression', () => {
  const many = Object.fromEntries(Array.from({ length: 20 }, (_key, i) => [`k${i}`, point(1)]));
  const delta = runDelta(
    { ...run, m: many },
    { ...run, m: Object.fromEntries(Object.keys(many).map((key) => [key, point(2)])) },
  );
  const condition = delta?.ConditionExpression ?? '';
  expect(condition.length).toBeLessThan(4096);
  expect(condition.match(/ (?:AND|OR|<|=) |attribute_not_exists/g)?.length).toBeLessThan(300);
});
