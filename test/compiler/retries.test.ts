import { contract, pipeline, task, z } from '../../lib';
import { compile } from '../../lib/compiler/compile';
import type { TaskOptions } from '../../lib/dsl/task';
import { checkPipeline } from '../../lib/model/check';
import { channelsFor } from '../../lib/orchestration/alerts/channels-for';
import { alertsOf } from '../../lib/model/alerts-of';
import { DoNotRetry } from '../../lib/model/errors';
import { thrownError } from '../../lib/runtime/thrown-error';
import { CompiledRuns } from '../support/run-compiled';

const load = task(contract({ name: 'load', summary: 'L.', input: z.object({}), output: z.object({}) }));
const model = (options: TaskOptions, defaults: object = {}) =>
  pipeline({ id: 'shop', description: 'S.', defaults }, () => {
    load('load', {}, options);
  }).model;
function stateOf(options: TaskOptions, defaults?: object) {
  const state = compile(model(options, defaults)).definition.States['load'];
  if (state?.Type !== 'Task') throw new Error('load is a task.');
  return state;
}
const service = expect.objectContaining({
  ErrorEquals: expect.arrayContaining(['Lambda.ServiceException']) as unknown,
}) as unknown;
const never = expect.objectContaining({ MaxAttempts: 0 }) as unknown;

it('puts rules by the name of the error before all others, in their order', () => {
  const { Retry, Arguments } = stateOf({
    retries: [
      { on: 'RateLimited', attempts: 8, delaySeconds: 60, backoff: 2, maxDelaySeconds: 600, jitter: true },
      { on: ['BadRow', 'Broken'], attempts: 0 },
      { on: 'States.ALL', attempts: 2, delaySeconds: 5 },
    ],
  });
  expect(Retry).toEqual([
    {
      ErrorEquals: ['RateLimited'],
      IntervalSeconds: 60,
      MaxAttempts: 8,
      BackoffRate: 2,
      MaxDelaySeconds: 600,
      JitterStrategy: 'FULL',
    },
    { ErrorEquals: ['BadRow', 'Broken'], MaxAttempts: 0 },
    service,
    never,
    { ErrorEquals: ['States.ALL'], IntervalSeconds: 5, MaxAttempts: 2, BackoffRate: 1 },
  ]);
  expect(Arguments).toMatchObject({ Payload: { errors: ['RateLimited', 'BadRow', 'Broken'] } });
});

it('leaves the other errors to the default of the pipeline, and takes over its rules', () => {
  const { Retry } = stateOf({ retries: [{ on: 'Slow', attempts: 1 }] }, { retries: 3, retryDelay: 10 });
  expect(Retry).toMatchObject([
    { ErrorEquals: ['Slow'], MaxAttempts: 1, IntervalSeconds: 10 },
    {},
    {},
    { ErrorEquals: ['States.ALL'], MaxAttempts: 3 },
  ]);
  const inherited = { retries: [{ on: 'Slow', attempts: 1, delaySeconds: 2 }] };
  expect(stateOf({}, inherited).Retry?.[0]).toMatchObject({ ErrorEquals: ['Slow'], IntervalSeconds: 2 });
  expect(stateOf({ retries: 1 }, inherited).Retry).toHaveLength(3);
});

it('means every end of an attempt that takes too long by States.Timeout', () => {
  const { Retry, Arguments } = stateOf({ retries: [{ on: ['Slow', 'States.Timeout'], attempts: 2 }] });
  const names = ['Slow', 'States.Timeout', 'Millrace.TaskTimedOut', 'Sandbox.Timedout'];
  expect(Retry?.[0]).toMatchObject({ ErrorEquals: names, MaxAttempts: 2 });
  expect(Arguments).toMatchObject({ Payload: { errors: names } });
  expect(stateOf({}, { retries: [{ on: 'States.Timeout', attempts: 0 }] }).Retry?.[0]).toEqual({
    ErrorEquals: ['States.Timeout', 'Millrace.TaskTimedOut', 'Sandbox.Timedout'],
    MaxAttempts: 0,
  });
  const apart = stateOf({
    retries: [
      { on: 'States.Timeout', attempts: 0 },
      { on: 'Millrace.TaskTimedOut', attempts: 3 },
    ],
  });
  expect(apart.Retry).toMatchObject([
    { ErrorEquals: ['States.Timeout', 'Sandbox.Timedout'], MaxAttempts: 0 },
    { ErrorEquals: ['Millrace.TaskTimedOut'], MaxAttempts: 3 },
    {},
  ]);
});

it.each([
  ['of the runtime', 'Millrace.TaskTimedOut'],
  ['of Lambda', 'Sandbox.Timedout'],
])('an attempt that is too slow in the words %s has the attempts of its rule', async (_whose, error) => {
  const runs = new CompiledRuns();
  await runs.open();
  try {
    const slow = compile(model({ retries: [{ on: 'States.Timeout', attempts: 2, delaySeconds: 60 }] }));
    const played = await runs.run(slow, {}, (_event, attempt) => ({
      seconds: 10,
      ...(attempt < 3 ? { error } : { out: {} }),
    }));
    expect([played.status, played.attempts.get('load'), played.finishedAt]).toEqual(['SUCCEEDED', 3, 150]);
  } finally {
    await runs.close();
  }
});

it('refuses rules that say nothing', () => {
  const codes = (retries: NonNullable<TaskOptions['retries']>) =>
    checkPipeline(model({ retries })).flatMap(({ code, severity }) => (severity === 'error' ? [code] : []));
  expect(codes([{ on: [], attempts: 1 }])).toEqual(['MR156']);
  expect(codes([{ on: 'a b', attempts: 1 }])).toEqual(['MR156']);
  expect(codes([{ on: 'Slow', attempts: -1 }])).toEqual(['MR153']);
  expect(codes([{ on: 'Slow', attempts: 1, delaySeconds: 0 }])).toEqual(['MR154']);
  expect(codes([{ on: 'Slow', attempts: 0, delaySeconds: 0 }])).toEqual([]);
});

it('lets an error that a rule names leave under its own name', () => {
  class Broken extends DoNotRetry {
    override readonly name = 'Broken';
  }
  expect(thrownError(new Broken('b')).name).toBe('Millrace.DoNotRetry');
  expect(thrownError(new Broken('b'), ['Broken']).name).toBe('Broken');
});

it('knows by the rule whether a failure is the last one, so that people are told once', () => {
  const alerts = alertsOf(
    model({ retries: [{ on: 'Slow', attempts: 2 }, { on: ['Broken', 'States.Timeout'], attempts: 0 }], onFailure: [{ kind: 'topic' }] }, { retries: 5 }), // prettier-ignore
  );
  const told = (name: string, attempt: number) =>
    channelsFor(
      {
        type: 'Task Failed',
        detail: { pipeline: 'shop', run: 'r', execution: 'x', logicalDate: '', task: 'load', attempt, redrive: 0, final: false, error: { name, message: '' } }, // prettier-ignore
      },
      alerts ?? {},
    ).length > 0;
  expect([told('Broken', 1), told('Millrace.TaskTimedOut', 1)]).toEqual([true, true]);
  expect([told('Slow', 2), told('Slow', 3), told('Other', 5), told('Other', 6)]).toEqual([
    false,
    true,
    false,
    true,
  ]);
});
