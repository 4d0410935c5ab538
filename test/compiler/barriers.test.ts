import { compile } from '../../lib/compiler/compile';
import { pipeline, task, contract, z } from '../../lib';
import type { PipelineModel } from '../../lib/model/pipeline';

const step = task(contract({ name: 'step', summary: 'S.', input: z.object({}), output: z.object({}) }));

function graph(edges: readonly (readonly [string, string])[]): PipelineModel {
  return pipeline({ id: 'graph', description: 'A graph.' }, () => {
    const made = new Map<string, ReturnType<typeof step>>();
    const of = (id: string) => made.get(id) ?? made.set(id, step(id, {})).get(id)!;
    for (const [from, to] of edges) of(to).after(of(from));
  }).model;
}

describe('parts that are not series-parallel', () => {
  // a before c and d, b before d: neither c nor d may wait for both.
  const n = graph([
    ['a', 'c'],
    ['a', 'd'],
    ['b', 'd'],
  ]);

  it('are held by gates, so that c does not wait for b', () => {
    const { gates, notices } = compile(n);
    expect(gates).toHaveLength(1);
    expect(notices).toEqual([]);
  });

  it('go on level by level with barriers, without a gate', () => {
    const { plan, gates, definition } = compile(n, 'barriers');
    const parallel = (...ids: string[]) => ({
      kind: 'parallel',
      parts: ids.map((id) => ({ kind: 'task', id })),
    });
    expect(plan).toEqual({ kind: 'series', parts: [parallel('a', 'b'), parallel('c', 'd')] });
    expect(gates).toEqual([]);
    expect(JSON.stringify(definition)).not.toContain('waitForTaskToken');
  });

  it('get barriers, and a notice, where gates would make the machine too large', () => {
    // Twelve layers of twelve, each task after three of the layer before.
    const edges = Array.from({ length: 11 * 12 }, (_, i) => i).flatMap((i) =>
      [0, 1, 5].map((k) => [`t${i}`, `t${12 * (Math.floor(i / 12) + 1) + ((i + k) % 12)}`] as const),
    );
    const { plan, gates, notices, definition } = compile(graph(edges));
    expect(notices).toMatchObject([{ code: 'MR402', severity: 'notice' }]);
    expect(gates).toEqual([]);
    expect(plan.kind === 'series' ? plan.parts.length : 0).toBe(12);
    expect(Buffer.byteLength(JSON.stringify(definition))).toBeLessThan(1_000_000);
  }, 60_000);
});
