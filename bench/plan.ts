/**
 * Gates of plans against the optimum, the price of doing without them, and the time that compiling takes.
 *
 *   npm run bench:plan
 *
 * 1. All graphs of up to 5 tasks, and a sample of those of 6 and 7: gates of the plan against the fewest that any plan of
 *    nested series and parallel parts needs.
 * 2. 200 random layered graphs of 10, 20 and 40 tasks: gates per graph, and the makespan with barriers between levels
 *    against the critical path, which gates reach.
 * 3. Compile time of chains, fans and layered graphs up to 500 tasks.
 */
import { compile } from '../lib/compiler/compile';
import { PartialOrder } from '../lib/compiler/partial-order';
import { planOf } from '../lib/compiler/plan';
import type { Edge } from '../lib/model/edges';
import type { PipelineModel } from '../lib/model/pipeline';
import type { TaskNode } from '../lib/model/task-node';

const random = (seed: number) => {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
};

const ids = (size: number) => Array.from({ length: size }, (_, i) => `t${i}`);

/** Edges without those that follow from others. */
function reduced(size: number, edges: readonly Edge[]): Edge[] {
  const order = new PartialOrder(ids(size), edges);
  return edges.filter(
    ({ from, to }) => !ids(size).some((mid) => order.before(from, mid) && order.before(mid, to)),
  );
}

/** Fewest gates over all plans, by trying every split of every part. */
function optimum(order: PartialOrder, edges: readonly Edge[]): number {
  const known = new Map<string, number>();
  const least = (members: readonly string[]): number => {
    if (members.length < 2) return 0;
    const key = members.join();
    const found = known.get(key);
    if (found !== undefined) return found;
    const sum = (parts: string[][]) => parts.reduce((total, part) => total + least(part), 0);
    const parallel = order.components(members, 'comparable');
    const series = order.components(members, 'incomparable');
    let best =
      parallel.length > 1 ? sum(parallel) : series.length > 1 ? sum(series) : Number.POSITIVE_INFINITY;
    if (best === Number.POSITIVE_INFINITY)
      for (let mask = 1; mask < 2 ** (members.length - 1); mask++) {
        const second = new Set(members.filter((_, i) => i > 0 && (mask & (1 << (i - 1))) !== 0));
        const inside = new Set(members);
        const across = edges.filter(
          ({ from, to }) => inside.has(from) && inside.has(to) && second.has(from) !== second.has(to),
        ).length;
        if (across >= best) continue;
        best = Math.min(best, across + least(members.filter((id) => !second.has(id))) + least([...second]));
      }
    known.set(key, best);
    return best;
  };
  return least(order.ids);
}

function* graphs(size: number, sample: number): Generator<Edge[]> {
  const pairs = ids(size).flatMap((to, j) =>
    ids(size)
      .slice(0, j)
      .map((from) => ({ from, to })),
  );
  const all = 2 ** pairs.length;
  const next = random(size);
  for (let n = 0; n < Math.min(all, sample); n++) {
    const mask = all <= sample ? n : Math.floor(next() * all);
    yield reduced(
      size,
      pairs.filter((_, i) => Math.floor(mask / 2 ** i) % 2 === 1),
    );
  }
}

function layered(size: number, width: number, density: number, next: () => number): Edge[] {
  const edges: Edge[] = [];
  for (let i = width; i < size; i++) {
    const first = (Math.floor(i / width) - 1) * width;
    for (let k = 0; k < width; k++) if (next() < density) edges.push({ from: `t${first + k}`, to: `t${i}` });
  }
  return edges;
}

/** Seconds until all have ended: with barriers between levels, and along the critical path. */
function makespans(
  size: number,
  edges: readonly Edge[],
  next: () => number,
): { barriers: number; critical: number } {
  const length = new Map(ids(size).map((id) => [id, Math.exp(next() * 3)]));
  const level = new Map<string, number>();
  const ends = new Map<string, number>();
  for (const id of ids(size)) {
    const up = edges.filter((edge) => edge.to === id).map((edge) => edge.from);
    level.set(id, Math.max(0, ...up.map((from) => (level.get(from) ?? 0) + 1)));
    ends.set(id, Math.max(0, ...up.map((from) => ends.get(from) ?? 0)) + (length.get(id) ?? 0));
  }
  const longest = new Map<number, number>();
  for (const [id, at] of level) longest.set(at, Math.max(longest.get(at) ?? 0, length.get(id) ?? 0));
  return {
    barriers: [...longest.values()].reduce((sum, seconds) => sum + seconds, 0),
    critical: Math.max(...ends.values()),
  };
}

function modelOf(size: number, edges: readonly Edge[]): PipelineModel {
  return {
    id: 'bench',
    description: 'A graph',
    tags: [],
    schedule: { kind: 'none' },
    triggers: [],
    catchup: false,
    maxActiveRuns: 1,
    dependsOnPast: false,
    failureMode: 'continue',
    runTimeoutSeconds: 3600,
    paramsSchema: { type: 'object' },
    groups: [],
    tasks: ids(size).map((id): TaskNode => ({
      id,
      after: edges.filter((edge) => edge.to === id).map((edge) => edge.from),
      triggerRule: 'all_success',
      kind: 'empty',
    })),
  };
}

console.log('Gates against the optimum');
console.log('tasks    graphs   gates   optimum   ratio');
for (const [size, sample] of [
  [4, 64],
  [5, 1024],
  [6, 4000],
  [7, 2000],
] as const) {
  let gates = 0;
  let best = 0;
  let count = 0;
  for (const edges of graphs(size, sample)) {
    const order = new PartialOrder(ids(size), edges);
    gates += planOf(order, edges).gates.length;
    best += optimum(order, edges);
    count++;
  }
  console.log(
    `${String(size).padStart(5)}${String(count).padStart(10)}${String(gates).padStart(8)}${String(best).padStart(10)}${(best === 0 ? 1 : gates / best).toFixed(3).padStart(8)}`,
  );
}

console.log('\nRandom layered graphs, 200 of each size');
console.log('tasks   edges   gates   with barriers instead: makespan to the critical path');
for (const size of [10, 20, 40]) {
  const next = random(size);
  const totals = { edges: 0, gates: 0, ratio: 0 };
  for (let n = 0; n < 200; n++) {
    const edges = reduced(size, layered(size, 4, 0.35, next));
    totals.edges += edges.length;
    totals.gates += planOf(new PartialOrder(ids(size), edges), edges).gates.length;
    const { barriers, critical } = makespans(size, edges, next);
    totals.ratio += barriers / critical;
  }
  const mean = (total: number) => (total / 200).toFixed(2);
  console.log(
    `${String(size).padStart(5)}${mean(totals.edges).padStart(8)}${mean(totals.gates).padStart(8)}${mean(totals.ratio).padStart(10)}`,
  );
}

console.log('\nCompile time');
const chain = (size: number) =>
  ids(size)
    .slice(1)
    .map((to, i) => ({ from: `t${i}`, to }));
const fan = (size: number) =>
  ids(size)
    .slice(1, -1)
    .flatMap((id) => [
      { from: 't0', to: id },
      { from: id, to: `t${size - 1}` },
    ]);
for (const [what, size, edges] of [
  ['chain', 500, chain(500)],
  ['fan', 500, fan(500)],
  ['layered', 40, layered(40, 5, 0.35, random(1))],
  ['layered', 100, layered(100, 5, 0.35, random(2))],
] as const) {
  const started = performance.now();
  const { definition } = compile(modelOf(size, edges));
  const milliseconds = performance.now() - started;
  console.log(
    `${what.padEnd(8)}${String(size).padStart(5)} tasks${milliseconds.toFixed(0).padStart(7)} ms${String(JSON.stringify(definition).length).padStart(9)} bytes`,
  );
}
