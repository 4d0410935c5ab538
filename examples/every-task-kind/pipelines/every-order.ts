/** Every trigger rule behind the same two tasks, groups in groups, maps of both modes, and a teardown that always runs. */
import { cross, map, pipeline, shell, zip, z } from 'millrace';

const RULES = [
  'all_success',
  'all_failed',
  'all_done',
  'all_skipped',
  'one_failed',
  'one_success',
  'one_done',
  'all_done_min_one_success',
  'none_failed',
  'none_failed_min_one_success',
  'none_skipped',
  'always',
] as const;

export default pipeline(
  {
    id: 'every-order',
    description: 'Every rule by which a task starts.',
    params: z.object({ code: z.number().int().default(0), items: z.array(z.string()).default(['a', 'b']) }),
    maxActiveTasks: 8,
  },
  ({ params, group, branch }) => {
    const first = shell('first', { command: 'exit "$CODE"', environment: { CODE: params.code } });
    const second = shell('second', { command: 'exit 99' });
    const ends = group('rules', () =>
      RULES.map((triggerRule) =>
        shell(triggerRule.replaceAll('_', '-'), { command: 'true' }, { triggerRule, after: [first, second] }),
      ),
    );
    branch('ways', params.code.equals(0), {
      yes: () => shell('yes', { command: 'true' }),
      no: () => shell('no', { command: 'true' }),
    });
    const mapped = group('maps', () => [
      group('inner', () =>
        map(
          'items',
          params.items,
          (item) => shell('one', { command: 'echo "$I"', environment: { I: item } }),
          {
            maxConcurrency: 2,
          },
        ),
      ),
      map(
        'pairs',
        zip({ x: params.items, y: params.items }),
        (pair) => shell('pair', { command: 'echo "$X$Y"', environment: { X: pair.x, Y: pair.y } }),
        { mode: 'distributed', batchSize: 10, toleratedFailurePercentage: 5 },
      ),
      map('grid', cross({ x: params.items, y: [1, 2] }), (point) =>
        shell('point', { command: 'echo "$X"', environment: { X: point.x } }),
      ),
    ]);
    shell('teardown', { command: 'true' }, { triggerRule: 'always', after: [...ends, ...mapped] });
  },
);
