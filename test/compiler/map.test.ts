import { compile } from '../../lib/compiler/compile';
import { cross, map, zip } from '../../lib/dsl/map';
import { pipeline } from '../../lib/dsl/pipeline';
import { text } from '../../lib/dsl/ref';
import { task } from '../../lib/dsl/task';
import { checkPipeline } from '../../lib/model/check';
import type { TaskEvent } from '../../lib/model/envelope';
import type { Json } from '../../lib/model/json';
import { contract } from '../../lib/tasks/contract';
import { z } from 'zod';
import { machineFaults } from '../cloud/support/validate-machine';
import { CompiledRuns, type PlayedAttempt } from '../support/run-compiled';

const list = task(
  contract({
    name: 'list-regions',
    summary: 'Lists regions.',
    input: z.object({}),
    output: z.object({ regions: z.array(z.object({ name: z.string() })), year: z.number() }),
  }),
);
const score = task(
  contract({
    name: 'score-region',
    summary: 'Scores a region.',
    input: z.object({ region: z.string(), year: z.number(), at: z.number(), day: z.string() }),
    output: z.object({ auc: z.number(), parts: z.array(z.number()) }),
  }),
);
const report = task(
  contract({
    name: 'report',
    summary: 'Reports.',
    input: z.object({ scores: z.array(z.unknown()) }),
    output: z.object({}),
  }),
);

type Options = Parameters<typeof map>[3];

const mapped = (options: Options = {}, retries = 0) =>
  pipeline(
    { id: 'regions', description: 'One task per region', defaults: { retries, retryDelay: 5 } },
    ({ run }) => {
      const listed = list('list', {});
      const scores = map(
        'scores',
        listed.regions,
        (region, index) => {
          const one = score('score', { region: region.name, year: listed.year, at: index, day: run.ds });
          return { region: region.name, auc: one.auc, parts: one.parts };
        },
        options,
      );
      report('report', { scores });
    },
  ).model;

const substituted = (definition: unknown) =>
  JSON.parse(
    JSON.stringify(definition).replace(/\$\{(\w+)\}/g, 'arn:aws:lambda:us-east-1:000000000000:function:$1'),
  ) as unknown;

describe('map', () => {
  const runs = new CompiledRuns();
  beforeAll(() => runs.open());
  afterAll(() => runs.close());

  const items = (n: number) => Array.from({ length: n }, (_, i) => ({ name: `r${i}` }));
  const play =
    (regions: Json, failing: (task: string, attempt: number) => boolean = () => false) =>
    (event: TaskEvent, attempt: number): PlayedAttempt => {
      if (event.task === 'list') return { seconds: 1, out: { regions, year: 2026 } };
      if (event.task === 'report') return { seconds: 1, out: {} };
      const at = Number(/\[(\d+)\]/.exec(event.task)?.[1]);
      return failing(event.task, attempt)
        ? { seconds: 1, error: 'Played' }
        : { seconds: 10 - at, out: { auc: at / 10, parts: Array.from({ length: at }, (_, i) => i) } };
    };
  const run = (
    regions: Json,
    options?: Options,
    failing?: (task: string, attempt: number) => boolean,
    retries = 0,
  ) => runs.run(compile(mapped(options, retries)), {}, play(regions, failing));

  const modes: [string, Options][] = [
    ['inline', {}],
    ['distributed', { mode: 'distributed' }],
    ['in batches', { mode: 'distributed', batchSize: 2 }],
  ];

  it('writes one Map state, with the item in the name of the task', () => {
    const { definition } = compile(mapped({ maxConcurrency: 4 }));
    expect(definition.States['scores']).toMatchObject({
      Type: 'Map',
      Items: '{% $list.out.regions %}',
      ItemSelector: {
        item: '{% $states.context.Map.Item.Value %}',
        index: '{% $states.context.Map.Item.Index %}',
      },
      MaxConcurrency: 4,
      ItemProcessor: {
        ProcessorConfig: { Mode: 'INLINE' },
        StartAt: 'scores / score',
        States: {
          'scores / score': {
            Arguments: {
              Payload: {
                task: '{% "scores/score[" & $string($states.input.index) & "]" %}',
                run: '{% $run %}',
                input: {
                  region: '{% $states.input.item.name %}',
                  year: '{% $list.out.year %}',
                  at: '{% $states.input.index %}',
                  day: '{% $run.ds %}',
                },
                returns: { auc: 'any', parts: 'any' },
              },
            },
          },
        },
      },
      Next: 'report?',
    });
  });

  it.each(modes)('is a machine that asl-validator takes, %s', (_, options) => {
    expect(machineFaults(substituted(compile(mapped(options)).definition))).toBe('');
  });

  it('passes what an isolated iteration needs with the item', () => {
    expect(compile(mapped({ mode: 'distributed' })).definition.States['scores']).toMatchObject({
      Label: 'scores',
      ItemSelector: {
        run: '{% $run %}',
        execution: '{% $states.context.Execution.Id %}',
        outer: { list: '{% $list %}' },
      },
      ItemProcessor: {
        ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
        States: {
          'scores / score': {
            Arguments: { Payload: { input: { year: '{% $states.input.outer.list.out.year %}' } } },
          },
        },
      },
    });
  });

  it.each(modes)('gives a join the results in the order of the items, %s', async (_, options) => {
    const ended = await run(items(5), options);
    expect(ended.statuses).toEqual({ list: 'success', scores: 'success', report: 'success' });
    expect(ended.inputs.get('report')).toEqual({
      scores: items(5).map(({ name }, at) => ({
        region: name,
        auc: at / 10,
        parts: Array.from({ length: at }, (_unused, i) => i),
      })),
    });
    expect(ended.inputs.get('scores/score[3]')).toEqual({
      region: 'r3',
      year: 2026,
      at: 3,
      day: '2026-01-01',
    });
  });

  it.each(modes)('of one item gives a list of one, %s', async (_, options) => {
    const ended = await run(items(1), options);
    expect(ended.inputs.get('report')).toEqual({ scores: [{ region: 'r0', auc: 0, parts: [] }] });
  });

  it.each(modes)('of an empty list is a success with an empty list, %s', async (_, options) => {
    const ended = await run([], options);
    expect(ended.statuses).toEqual({ list: 'success', scores: 'success', report: 'success' });
    expect(ended.inputs.get('report')).toEqual({ scores: [] });
  });

  it.each(modes)('of what is no list fails, %s', async (_, options) => {
    const ended = await run('none', options);
    expect(ended.statuses).toEqual({ list: 'success', scores: 'failed', report: 'upstream_failed' });
    expect(ended.status).toBe('FAILED');
  });

  it.each(modes)('fails when an item failed, but does the others, %s', async (_, options) => {
    const ended = await run(items(4), options, (id) => id.endsWith('[1]'));
    expect(ended.statuses).toEqual({ list: 'success', scores: 'failed', report: 'upstream_failed' });
    expect([...ended.started.keys()].filter((id) => id.startsWith('scores'))).toHaveLength(4);
  });

  it.each(modes)('holds null for an item that failed within the tolerance, %s', async (_, options) => {
    const ended = await run(items(4), { ...options, toleratedFailurePercentage: 25 }, (id) =>
      id.endsWith('[1]'),
    );
    expect(ended.statuses).toEqual({ list: 'success', scores: 'success', report: 'success' });
    expect((ended.inputs.get('report') as { scores: Json[] }).scores.map((one) => one === null)).toEqual([
      false,
      true,
      false,
      false,
    ]);
  });

  it.each(modes)('tries an item again by itself, %s', async (_, options) => {
    const ended = await run(items(3), options, (id, attempt) => id.endsWith('[1]') && attempt === 1, 2);
    expect(ended.statuses).toMatchObject({ scores: 'success' });
    expect([ended.attempts.get('scores/score[0]'), ended.attempts.get('scores/score[1]')]).toEqual([1, 2]);
  });

  it('runs no more items at once than it may', async () => {
    const ended = await run(items(3), { maxConcurrency: 1 });
    expect([0, 1, 2].map((i) => ended.started.get(`scores/score[${i}]`))).toEqual([1, 11, 20]);
  });

  it('stops the run when it fails fast, but for what is tolerated', async () => {
    const model = (toleratedFailurePercentage: number) => ({
      ...mapped({ toleratedFailurePercentage }),
      failureMode: 'failFast' as const,
    });
    const second = (id: string) => id.endsWith('[1]');
    for (const [tolerated, status] of [
      [0, 'FAILED'],
      [10, 'FAILED'],
      [50, 'SUCCEEDED'],
    ] as const) {
      const ended = await runs.run(compile(model(tolerated)), {}, play(items(2), second));
      expect(ended.status).toBe(status);
    }
  });

  it('goes over lists side by side and over combinations', async () => {
    const seen = (how: 'zip' | 'cross') =>
      pipeline(
        { id: how, description: how, params: z.object({ xs: z.array(z.string()), ys: z.array(z.number()) }) },
        ({ params }) => {
          const lists = { x: params.xs, y: params.ys };
          map('each', how === 'zip' ? zip(lists) : cross(lists), (pair) => {
            score('score', { region: text`${pair.x}${pair.y}`, year: pair.y, at: 0, day: 'x' });
          });
        },
      ).model;
    const regions = async (how: 'zip' | 'cross', params: Json) => {
      const ended = await runs.run(compile(seen(how)), params, () => ({
        seconds: 1,
        out: { auc: 1, parts: [] },
      }));
      return [
        ended.statuses?.['each'],
        ...[...ended.inputs.values()].map((input) => (input as { region: string }).region),
      ];
    };
    expect(await regions('zip', { xs: ['a', 'b', 'c'], ys: [1, 2] })).toEqual(['success', 'a1', 'b2']);
    expect(await regions('cross', { xs: ['a', 'b'], ys: [1, 2] })).toEqual([
      'success',
      'a1',
      'a2',
      'b1',
      'b2',
    ]);
    expect(await regions('cross', { xs: ['a'], ys: [1] })).toEqual(['success', 'a1']);
    expect(await regions('cross', { xs: ['a'], ys: [] })).toEqual(['success']);
    expect(await regions('zip', { xs: 'a', ys: [1] })).toEqual(['failed']);
  });

  it('does a chain for an item, and branches in it', async () => {
    const { model } = pipeline({ id: 'chain', description: 'Two steps an item' }, ({ branch, group }) => {
      const listed = list('list', {});
      const results = group('all', () =>
        map('each', listed.regions, (region, index) => {
          const one = score('one', { region: region.name, year: 1, at: index, day: 'x' });
          branch('good', one.auc.atLeast(0.2), {
            yes: () => score('two', { region: region.name, year: 2, at: index, day: 'x' }),
          });
          return one;
        }),
      );
      report('report', { scores: [results[0]?.auc ?? null] });
    });
    expect(machineFaults(substituted(compile(model).definition))).toBe('');
    const ended = await runs.run(compile(model), {}, play(items(4)));
    expect(ended.statuses).toEqual({ list: 'success', 'all/each': 'success', report: 'success' });
    expect([...ended.started.keys()].filter((id) => id.includes('two')).sort()).toEqual([
      'all/each/two[2]',
      'all/each/two[3]',
    ]);
    expect(ended.inputs.get('report')).toEqual({ scores: [0] });
  });

  it('waits at gates and opens them', async () => {
    const { model } = pipeline({ id: 'gated', description: 'An N of tasks' }, () => {
      const one = (id: string) => score(id, { region: id, year: 1, at: 0, day: 'x' });
      const a = one('a');
      const b = map('b', [1, 2], (n) => score('of', { region: 'b', year: n, at: 0, day: 'x' }).auc);
      map('c', [1], (n) => score('of', { region: 'c', year: n, at: 0, day: 'x' }), { after: [a, b] });
      report('d', { scores: b });
      one('e').after(a);
    });
    const compiled = compile(model);
    expect(compiled.gates.length).toBeGreaterThan(0);
    const ended = await runs.run(compiled, {}, (event) => ({
      seconds: event.task === 'a' ? 3 : 5,
      out: { auc: 1, parts: [] },
    }));
    expect(Object.values(ended.statuses ?? {}).every((status) => status === 'success')).toBe(true);
    expect([ended.started.get('c/of[0]'), ended.started.get('d'), ended.started.get('e')]).toEqual([5, 5, 3]);
    expect(ended.inputs.get('d')).toEqual({ scores: [1, 1] });
  });

  it('says what is wrong with it', () => {
    const codes = (body: () => unknown) =>
      checkPipeline(pipeline({ id: 'wrong', description: 'Wrong' }, body).model).map(({ code }) => code);
    const one = (n: unknown) => score('one', { region: 'r', year: n as number, at: 0, day: 'x' });
    expect(codes(() => map('m', [1], () => undefined))).toEqual(['MR180']);
    expect(codes(() => map('m', list('l', {}).year as never, () => one(1)))).toEqual(['MR181']);
    expect(codes(() => map('m', [1], one, { maxConcurrency: 41 }))).toEqual(['MR183']);
    expect(codes(() => map('m', [1], one, { toleratedFailurePercentage: 101, batchSize: 5 }))).toEqual([
      'MR184',
      'MR185',
    ]);
    expect(codes(() => map('m', [1], () => map('n', [1], one)))).toEqual(['MR186']);
    expect(
      codes(() => {
        let inner: ReturnType<typeof one> | undefined;
        map('m', [1], (n) => (inner = one(n)));
        report('r', { scores: [inner?.auc ?? null] });
      }),
    ).toEqual(['MR124']);
    expect(
      codes(() => {
        let item: unknown;
        map('m', [1], (n) => one((item = n)));
        one(item);
      }),
    ).toEqual(['MR125']);
    expect(
      codes(() => map('m', list('l', {}).regions, (region) => one((region as never as { no: number }).no))),
    ).toEqual(['MR126']);
    expect(codes(() => map('m', list('l', {}).regions, (region) => one(region.name)))).toEqual(['MR140']);
  });
});
