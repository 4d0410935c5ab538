import { z } from 'zod';
import { compile } from '../../lib/compiler/compile';
import { map } from '../../lib/dsl/map';
import { pipeline, type PipelineProps } from '../../lib/dsl/pipeline';
import { pool } from '../../lib/dsl/pool';
import { task, type TaskOptions } from '../../lib/dsl/task';
import type { TaskEvent } from '../../lib/model/envelope';
import { contract } from '../../lib/tasks/contract';
import { CompiledRuns } from '../support/run-compiled';

const step = task(
  contract({ name: 'step', summary: 'For tests.', input: z.object({}), output: z.object({ n: z.number() }) }),
);
const warehouse = pool('warehouse', 2);

function compiled(body: () => unknown, props: Partial<PipelineProps<z.ZodObject>> = {}) {
  return compile(pipeline({ id: 'pooled', description: 'For tests.', ...props }, body).model);
}

it('a task of a pool waits for its slot without a function, and frees it whichever way it ends', () => {
  const { definition, integrations } = compiled(() => step('a', {}, { pool: warehouse, poolSlots: 2 }));
  const states = definition.States as Record<string, { Next?: string; Resource?: string }>;
  expect(integrations).toEqual([{ kind: 'pool' }]);
  expect((states['Begin'] as { Next: string }).Next).toBe('slot for a');
  expect(states['slot for a']).toMatchObject({
    Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
    Arguments: {
      FunctionName: '${Launcher}',
      Payload: { action: 'pool-acquire', pool: 'warehouse', task: 'a', size: 2, slots: 2 },
    },
    Next: 'a',
  });
  expect(states['a']).toMatchObject({ Next: 'free a' });
  expect(JSON.stringify(states['a'])).toContain('"Next":"free failed a"');
  expect(states['free a']?.Next).toBe(states['free failed a']?.Next);
});

it.each<[string, TaskOptions]>([
  ['MR260', { pool: pool('two words', 1) }],
  ['MR261', { pool: warehouse, poolSlots: 3 }],
  ['MR261', { pool: pool('none', 0) }],
])('refuses what is no pool: %s', (code, options) => {
  expect(() => compiled(() => step('a', {}, options))).toThrow(code);
});

it('refuses a pool of two sizes', () => {
  expect(() =>
    compiled(() => {
      step('a', {}, { pool: warehouse });
      step('b', {}, { pool: pool('warehouse', 3) });
    }),
  ).toThrow('MR262');
});

it('limits of a task, its pipeline and the stage are taken one after the other, and freed at once', () => {
  const limited = pipeline({ id: 'limited', description: 'For tests.', maxActiveTasks: 5 }, () => {
    step('a', {}, { pool: warehouse, maxActive: 2 });
    step('b', {});
  });
  const { definition, integrations } = compile({ ...limited.model, maxActiveTasksInStage: 50 });
  type Shown = {
    Next?: string;
    Arguments?: { Payload: object };
    Branches?: { States: Record<string, Shown> }[];
  };
  const flat = (states: Record<string, Shown>): Record<string, Shown> =>
    Object.assign({}, states, ...Object.values(states).flatMap(({ Branches = [] }) => Branches.map((branch) => flat(branch.States)))) as Record<string, Shown>; // prettier-ignore
  const states = flat(definition.States as Record<string, Shown>);
  const about = (name: string) => [states[name]?.Arguments?.Payload, states[name]?.Next];
  const claim = (pool: string, size: number) => expect.objectContaining({ pool, size, slots: 1 }) as unknown;
  expect(about('slot for a')).toEqual([claim('warehouse', 2), 'turn for a']);
  expect(about('turn for a')).toEqual([claim('task:limited/a', 2), 'room for a']);
  expect(about('room for a')).toEqual([claim('tasks:limited', 5), 'leave for a']);
  expect(about('leave for a')).toEqual([claim('tasks:', 50), 'a']);
  expect(about('slot for b')[0]).toEqual(claim('tasks:limited', 5));
  for (const free of ['free a', 'free failed a'])
    expect(states[free]?.Arguments?.Payload).toMatchObject({
      action: 'pool-release',
      pools: ['warehouse', 'task:limited/a', 'tasks:limited', 'tasks:'],
    });
  // What was taken is freed also when the next cannot be had.
  expect(JSON.stringify(states['turn for a'])).toContain('"Next":"free failed a"');
  expect(integrations).toEqual([{ kind: 'pool' }]);
});

it.each([0, 1.5])('refuses limits that are none: %s', (limit) => {
  expect(() => compiled(() => step('a', {}, { maxActive: limit }))).toThrow('MR263');
  expect(() => compiled(() => step('a', {}), { maxActiveTasks: limit })).toThrow('MR263');
});

describe('as it runs', () => {
  const runs = new CompiledRuns();
  beforeAll(async () => runs.open());
  afterAll(async () => runs.close());

  it('guards, branches and joins find the slot before the task', async () => {
    const definition = compiled(() => {
      const a = step('a', {}, { pool: warehouse });
      const b = step('b', {}, { pool: warehouse }).after(a);
      const c = step('c', {}, { pool: warehouse }).after(a);
      step('d', {}, { pool: warehouse, triggerRule: 'one_failed' }).after(b, c);
    });
    const play = (failing: string) => async () =>
      runs.run(definition, {}, (event: TaskEvent) =>
        event.task === failing ? { seconds: 1, error: 'Boom' } : { seconds: 1, out: { n: 1 } },
      );
    const good = await play('none')();
    expect(good.statuses).toEqual({ a: 'success', b: 'success', c: 'success', d: 'skipped' });
    const bad = await play('b')();
    expect(bad.statuses).toEqual({ a: 'success', b: 'failed', c: 'success', d: 'success' });
    expect((await play('a')()).statuses).toMatchObject({ a: 'failed', b: 'upstream_failed' });
  });

  it('items of a map ask one by one', () => {
    const { definition } = compiled(() => {
      map('each', [1, 2, 3], () => step('score', {}, { pool: warehouse }));
    });
    expect(JSON.stringify(definition)).toContain('"StartAt":"slot for each / score"');
  });
});
