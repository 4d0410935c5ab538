import { z } from 'zod';
import { compile } from '../../lib/compiler/compile';
import { choose } from '../../lib/dsl/choose';
import { join } from '../../lib/dsl/join';
import { pipeline } from '../../lib/dsl/pipeline';
import { shortCircuit } from '../../lib/dsl/short-circuit';
import { notify } from '../../lib/dsl/tasks';
import { checkPipeline } from '../../lib/model/check';
import type { Json } from '../../lib/model/json';
import { machineFaults } from '../cloud/support/validate-machine';
import { CompiledRuns } from '../support/run-compiled';

const send = (id: string) => notify(id, { subject: id, text: id });

describe('choices', () => {
  const runs = new CompiledRuns();
  beforeAll(() => runs.open());
  afterAll(() => runs.close());
  const run = (model: Parameters<typeof compile>[0], params: Json) =>
    runs.run(compile(model), params, () => ({ seconds: 1, out: { messageId: 'm' } }));

  const params = z.object({ drift: z.number(), rows: z.number() });
  const chosen = pipeline(
    { id: 'chosen', description: 'Several ways', params },
    ({ params: { drift, rows } }) => {
      const way = choose('what', {
        cases: {
          retrain: { when: drift.atLeast(0.2), do: () => send('retrain') },
          alert: { when: drift.atLeast(0.5), do: () => send('page').after(send('alert')) },
        },
        otherwise: () => send('relax'),
      });
      send('few').after(shortCircuit('many', rows.atLeast(10), { after: [way] }));
      notify(
        'end',
        { subject: 'x', text: way[0] ?? 'x' },
        { after: [join('all', { triggerRule: 'none_failed' })] },
      );
    },
  ).model;

  it('runs every case that holds, and skips the others', async () => {
    const ends = async (drift: number) => (await run(chosen, { drift, rows: 20 })).statuses;
    expect(await ends(0.9)).toMatchObject({ retrain: 'success', page: 'success', relax: 'skipped' });
    expect(await ends(0.3)).toMatchObject({
      retrain: 'success',
      alert: 'skipped',
      page: 'skipped',
      relax: 'skipped',
    });
    expect(await ends(0)).toMatchObject({ retrain: 'skipped', alert: 'skipped', relax: 'success' });
  });

  it('takes the other way when a text names no case, where Airflow fails', async () => {
    const named = pipeline(
      { id: 'named', description: 'A name', params: z.object({ way: z.string() }) },
      (tools) => {
        choose('what', {
          cases: {
            small: { when: tools.params.way.equals('small'), do: () => send('small') },
            large: { when: tools.params.way.equals('large'), do: () => send('large') },
          },
          otherwise: () => send('ask'),
        });
        choose('none', { cases: { small: { when: tools.params.way.equals('small'), do: () => send('s') } } });
      },
    ).model;
    const ends = async (way: string) => (await run(named, { way })).statuses;
    expect(await ends('gigantic')).toEqual({
      what: 'success',
      small: 'skipped',
      large: 'skipped',
      ask: 'success',
      none: 'success',
      s: 'skipped',
    });
    expect(await ends('small')).toMatchObject({ small: 'success', ask: 'skipped', s: 'success' });
  });

  it('gives the names of what was chosen', async () => {
    expect((await run(chosen, { drift: 0.9, rows: 1 })).inputs.get('end')).toEqual({
      subject: 'x',
      text: 'retrain',
    });
    expect((await run(chosen, { drift: 0, rows: 1 })).inputs.get('end')).toEqual({
      subject: 'x',
      text: 'otherwise',
    });
  });

  it('short-circuits: skips go on by trigger rule, a teardown always runs', async () => {
    const { model } = pipeline(
      { id: 'short', description: 'Stops early', params },
      ({ params: { rows } }) => {
        const go = shortCircuit('go', rows.atLeast(10));
        const train = send('train').after(go);
        const deploy = send('deploy').after(train);
        notify('report', { subject: 'x', text: 'x' }, { after: [deploy], triggerRule: 'none_failed' });
        notify('clean-up', { subject: 'x', text: 'x' }, { after: [train, deploy], triggerRule: 'always' });
      },
    );
    expect((await run(model, { rows: 1, drift: 0 })).statuses).toEqual({
      go: 'skipped',
      train: 'skipped',
      deploy: 'skipped',
      report: 'success',
      'clean-up': 'success',
    });
    const { statuses, status } = await run(model, { rows: 10, drift: 0 });
    expect([status, Object.values(statuses ?? {})]).toEqual([
      'SUCCEEDED',
      Array.from({ length: 5 }, () => 'success'),
    ]);
  });

  it('are states that asl-validator takes', () => {
    const text = JSON.stringify(compile(chosen).definition);
    expect(
      machineFaults(
        JSON.parse(text.replace(/\$\{(\w+)\}/g, 'arn:aws:lambda:us-east-1:000000000000:function:$1')),
      ),
    ).toBe('');
    expect(text).toContain(
      JSON.stringify(
        '{% ($c := [(($run.params.drift >= 0.2) ? "retrain"), (($run.params.drift >= 0.5) ? "alert")]; $count($c) = 0 ? ["otherwise"] : $c) %}',
      ),
    );
  });

  it('say what is wrong with them', () => {
    const codes = (body: () => unknown) =>
      checkPipeline(pipeline({ id: 'wrong', description: 'Wrong' }, body).model).map(({ code }) => code);
    expect(codes(() => choose('none', { cases: {} }))).toEqual(['MR190']);
    expect(
      codes(() => choose('odd', { cases: { 'Not So': { when: true as never, do: () => send('x') } } })),
    ).toEqual(['MR191']);
  });
});
