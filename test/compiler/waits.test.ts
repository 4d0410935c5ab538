import { z } from 'zod';
import { compile } from '../../lib/compiler/compile';
import { minutes, seconds } from '../../lib/dsl/durations';
import { pipeline } from '../../lib/dsl/pipeline';
import { text } from '../../lib/dsl/ref';
import { objectExists, runSucceeded, sensor } from '../../lib/dsl/sensors';
import { notify } from '../../lib/dsl/tasks';
import { wait, waitUntil } from '../../lib/dsl/wait';
import { checkPipeline } from '../../lib/model/check';
import type { Json } from '../../lib/model/json';
import type { PipelineModel } from '../../lib/model/pipeline';
import { contract } from '../../lib/tasks/contract';
import { machineFaults } from '../cloud/support/validate-machine';
import { CompiledRuns, type PlayedAttempt } from '../support/run-compiled';

const send = (id: string) => notify(id, { subject: id, text: id });
const substituted = (definition: unknown) =>
  JSON.parse(
    JSON.stringify(definition).replace(/\$\{(\w+)\}/g, 'arn:aws:lambda:us-east-1:000000000000:function:$1'),
  ) as unknown;

describe('waits and sensors', () => {
  const runs = new CompiledRuns();
  beforeAll(() => runs.open());
  afterAll(() => runs.close());
  const run = (
    model: PipelineModel,
    params: Json = {},
    play: () => PlayedAttempt = () => ({ seconds: 1, out: {} }),
  ) => runs.run(compile(model), params, play);

  const waiting = pipeline(
    {
      id: 'waiting',
      description: 'Waits',
      params: z.object({ length: z.number(), start: z.string() }),
    },
    ({ params }) => {
      const fixed = send('a').after(wait('fixed', minutes(2)));
      const given = send('b').after(wait('given', params.length, { after: [fixed] }));
      send('c').after(waitUntil('start', params.start, { after: [given] }));
      send('d').after(waitUntil('long-ago', '2020-01-01T00:00:00Z'));
    },
  ).model;

  it('are Wait states', async () => {
    const { definition } = compile(waiting);
    expect(machineFaults(substituted(definition))).toBe('');
    expect(JSON.stringify(definition)).toContain('"Type":"Wait","Output":{},"Next":"a","Seconds":120');
    const { statuses, started } = await run(waiting, { length: 30, start: '2026-01-01T01:00:00Z' });
    expect(Object.values(statuses ?? {}).every((status) => status === 'success')).toBe(true);
    expect(Object.fromEntries(started)).toEqual({ a: 120, b: 151, c: 3600, d: 0 });
  });

  it.each([
    [
      'a number',
      { length: 'long', start: '2026-01-01T01:00:00Z' },
      { given: 'failed', b: 'upstream_failed' },
    ],
    [
      'an instant',
      { length: 1, start: 'tomorrow' },
      { given: 'success', start: 'failed', c: 'upstream_failed' },
    ],
  ])('fail when they are not given %s', async (_, params, ends) => {
    expect((await run(waiting, params)).statuses).toMatchObject(ends);
    const fast = await run({ ...waiting, failureMode: 'failFast' }, params);
    expect([fast.status, fast.cause]).toEqual(['FAILED', expect.stringContaining('was given what is no')]);
  });

  const sensing = (softFail: boolean, failureMode: 'continue' | 'failFast' = 'continue') =>
    pipeline({ id: 'sensing', description: 'Waits for a file', failureMode }, ({ run: { ds } }) => {
      const file = objectExists(
        'file',
        { key: text`raw/sales/${ds}.csv` },
        { pokeInterval: seconds(30), timeout: minutes(2), softFail },
      );
      notify('go', { subject: 'x', text: file.uri });
      notify('end', { subject: 'x', text: 'x' }, { after: [file], triggerRule: 'all_done' });
    }).model;

  it('asks again after the interval, and holds no function in between', async () => {
    const compiled = compile(sensing(false));
    expect(machineFaults(substituted(compiled.definition))).toBe('');
    expect(compiled.definition.States['file']).toMatchObject({
      TimeoutSeconds: 70,
      Arguments: {
        Payload: { poke: { last: '{% $states.context.State.RetryCount >= 4 %}', softFail: false } },
      },
      Retry: [
        {},
        { ErrorEquals: ['Millrace.NotReady'], IntervalSeconds: 30, MaxAttempts: 4, BackoffRate: 1 },
      ],
    });
    const ended = await runs.run(compiled, {}, (event, attempt) =>
      event.task === 'file' && attempt < 4
        ? { seconds: 1, error: 'Millrace.NotReady' }
        : { seconds: 1, out: { uri: 's3://x' } },
    );
    expect(ended.statuses).toEqual({ file: 'success', go: 'success', end: 'success' });
    expect([ended.attempts.get('file'), ended.started.get('go')]).toEqual([4, 94]);
  });

  it('fails when the time is up', async () => {
    const ended = await run(sensing(false), {}, () => ({ seconds: 1, error: 'Millrace.NotReady' }));
    expect(ended.statuses).toEqual({ file: 'failed', go: 'upstream_failed', end: 'failed' });
    expect(ended.attempts.get('file')).toBe(5);
  });

  it.each(['continue', 'failFast'] as const)('ends as skipped when it fails softly (%s)', async (mode) => {
    const ended = await runs.run(compile(sensing(true, mode)), {}, (event) =>
      event.task === 'file'
        ? event.poke?.last === true
          ? { seconds: 1, status: 'skipped', out: { uri: null } }
          : { seconds: 1, error: 'Millrace.NotReady' }
        : { seconds: 1, out: {} },
    );
    expect(ended.statuses).toEqual({ file: 'skipped', go: 'skipped', end: 'success' });
    expect(ended.attempts.get('file')).toBe(5);
  });

  it('lets a sensor read what is below the constant beginning of its key', () => {
    const { model } = pipeline({ id: 'keys', description: 'Keys' }, ({ run: { ds } }) => {
      objectExists('a', { key: text`raw/sales/day-${ds}.csv` });
      objectExists('b', { key: 'raw/x' });
      objectExists('c', { key: ds });
    });
    expect(compile(model).functions.map(({ access }) => access)).toEqual(
      ['raw/sales/', 'raw/', ''].map((prefix) => [{ store: 'objects', mode: 'read', prefix }]),
    );
  });

  it('say what is wrong with them', () => {
    const codes = (body: () => unknown) =>
      checkPipeline(pipeline({ id: 'wrong', description: 'Wrong' }, body).model).map(({ code }) => code);
    const upstream = { pipeline: 'sales', date: '2026-01-01' };
    expect(codes(() => wait('w', 0))).toEqual(['MR200']);
    expect(codes(() => waitUntil('w', '2026-01-01'))).toEqual(['MR201']);
    expect(codes(() => runSucceeded('s', upstream, { pokeInterval: 0.5 }))).toEqual(['MR202']);
    expect(codes(() => runSucceeded('s', upstream, { pokeInterval: 60, timeout: 30 }))).toEqual(['MR203']);
    expect(codes(() => runSucceeded('s', upstream, { pokeInterval: 1, timeout: 6000 }))).toEqual(['MR204']);
  });

  it('takes a predicate of one’s own', () => {
    const approved = sensor(
      contract({
        name: 'model-approved',
        summary: 'Waits for the risk board.',
        input: z.object({ model: z.string() }),
        output: z.object({ by: z.string() }),
      }),
    );
    const { model } = pipeline({ id: 'own', description: 'Own' }, () => approved('ask', { model: 'm' }));
    expect(model.tasks[0]).toMatchObject({
      contract: 'model-approved',
      poke: { intervalSeconds: 60, timeoutSeconds: 86_400, softFail: false },
      timeoutSeconds: 300,
    });
  });
});
