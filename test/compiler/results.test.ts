/** What a pipeline, or the body of a map, returns of tasks that nobody else reads. */
import { z } from 'zod';
import { choose } from '../../lib/dsl/choose';
import { join } from '../../lib/dsl/join';
import { map } from '../../lib/dsl/map';
import { pipeline } from '../../lib/dsl/pipeline';
import { task } from '../../lib/dsl/task';
import { contract } from '../../lib/tasks/contract';
import { playPipeline } from '../../lib/testing/play-pipeline';

const step = task(
  contract({
    name: 'step',
    summary: 'For tests.',
    input: z.object({ n: z.number() }),
    output: z.object({ n: z.number() }),
  }),
);
const same = ({ n }: { readonly n: number }) => ({ n });

it('tasks side by side, a choice among them', async () => {
  const { result } = await playPipeline(
    pipeline({ id: 'beside', description: 'Returns of branches that run side by side.' }, () => {
      const a = step('a', { n: 1 });
      const b = step('b', { n: 2 });
      const way = choose('way', { cases: { one: { when: a.n.equals(1), do: () => join('first') } } });
      return { a: a.n, both: [a.n, b.n], way };
    }),
    { tasks: { a: same, b: same } },
  );
  expect(result).toEqual({ a: 1, both: [1, 2], way: ['one'] });
});

it.each(['inline', 'distributed'] as const)(
  'a map (%s) whose items have tasks side by side',
  async (mode) => {
    const { result } = await playPipeline(
      pipeline({ id: 'mapped', description: 'Returns of a map.' }, () => {
        const pairs = map(
          'pairs',
          [5, 6],
          (n) => {
            const left = step('left', { n });
            const right = step('right', { n });
            return { left: left.n, right: right.n };
          },
          { mode },
        );
        step('beside', { n: 0 });
        return { pairs };
      }),
      { tasks: { 'pairs/left': same, 'pairs/right': same, beside: same } },
    );
    expect(result).toEqual({
      pairs: [
        { left: 5, right: 5 },
        { left: 6, right: 6 },
      ],
    });
  },
);
