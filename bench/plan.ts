/**
 * Gates of plans against the optimum, the price of doing without them, and the time that compiling takes.
 *
 *   npm run bench:plan
 *
 * 1. All graphs of up to 7 tasks, each shape once with three ways to order its definition: gates of the plan against the
 *    fewest that any plan of nested series and parallel parts needs.
 * 2. 200 random layered graphs of each of 10, 20, 30 and 40 tasks: gates per graph, and the makespan of the plan, and of
 *    barriers between levels, against the critical path.
 * 3. Compile time of chains, fans and layered graphs up to 500 tasks; one that does not fit into a machine says so.
 */
import { compile } from '../lib/compiler/compile';
import { PartialOrder } from '../lib/compiler/partial-order';
import { planOf } from '../lib/compiler/plan';
import type { Edge } from '../lib/model/edges';
import { InvalidPipeline } from '../lib/model/invalid-pipeline';
import type { PipelineModel } from '../lib/model/pipeline';
import type { TaskNode } from '../lib/model/task-node';
import { byLevels, byPlan } from './support/makespan';
import { edgesOfOrder, ordersOf } from './support/orders';

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

/** Names for the tasks of an order: as they come, and shuffled, since a plan may depend on the order of definition. */
function namings(size: number, next: () => number): string[][] {
  const shuffled = () =>
    ids(size)
      .map((id) => ({ id, at: next() }))
      .sort((a, b) => a.at - b.at)
      .map(({ id }) => id);
  return [ids(size), shuffled(), shuffled()];
}

function layered(size: number, width: number, density: number, next: () => number): Edge[] {
  const edges: Edge[] = [];
  for (let i = width; i < size; i++) {
    const first = (Math.floor(i / width) - 1) * width;
    for (let k = 0; k < width; k++) if (next() < density) edges.push({ from: `t${first + k}`, to: `t${i}` });
  }
  return edges;
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

console.log('Gates against the optimum, all graphs');
console.log('tasks   shapes   graphs   gates   optimum   ratio   graphs above it');
for (let size = 2; size <= 7; size++) {
  const totals = { graphs: 0, gates: 0, best: 0, above: 0 };
  const orders = ordersOf(size);
  const next = random(size);
  for (const shape of orders)
    for (const names of namings(size, next)) {
      const edges = edgesOfOrder(shape, names);
      const order = new PartialOrder(ids(size), edges);
      const { length } = planOf(order, edges).gates;
      const best = optimum(order, edges);
      totals.graphs++;
      totals.gates += length;
      totals.best += best;
      if (length > best) totals.above++;
    }
  const ratio = totals.best === 0 ? 1 : totals.gates / totals.best;
  row(
    [5, 9, 9, 8, 10, 8, 18],
    size,
    orders.length,
    totals.graphs,
    totals.gates,
    totals.best,
    ratio.toFixed(3),
    totals.above,
  );
}

console.log('\nRandom layered graphs, 200 of each size; makespans to the critical path');
console.log('tasks   edges   gates   with gates   largest   with barriers');
for (const size of [10, 20, 30, 40]) {
  const next = random(size);
  const totals = { edges: 0, gates: 0, plan: 0, barriers: 0 };
  let largest = 0;
  for (let n = 0; n < 200; n++) {
    const edges = reduced(size, layered(size, 4, 0.35, next));
    const plan = planOf(new PartialOrder(ids(size), edges), edges);
    const lengths = new Map(ids(size).map((id) => [id, Math.exp(next() * 3)]));
    const { barriers, critical } = byLevels(ids(size), edges, lengths);
    const ratio = byPlan(plan, lengths) / critical;
    largest = Math.max(largest, ratio);
    totals.edges += edges.length;
    totals.gates += plan.gates.length;
    totals.plan += ratio;
    totals.barriers += barriers / critical;
  }
  const mean = (total: number) => (total / 200).toFixed(2);
  row(
    [5, 8, 8, 13, 10, 16],
    size,
    mean(totals.edges),
    mean(totals.gates),
    mean(totals.plan),
    largest.toFixed(2),
    mean(totals.barriers),
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
// Once before it is measured: what is loaded and compiled by then is not counted.
compile(modelOf(40, chain(40)));
for (const size of [40, 100, 200, 500])
  for (const [what, edges] of [
    ['chain', chain(size)],
    ['fan', fan(size)],
    ['layered', layered(size, 5, 0.35, random(size))],
  ] as const) {
    const started = performance.now();
    const bytes = bytesOf(modelOf(size, edges));
    const milliseconds = performance.now() - started;
    console.log(
      `${what.padEnd(8)}${String(size).padStart(5)} tasks${milliseconds.toFixed(0).padStart(7)} ms${bytes}`,
    );
  }

function row(widths: readonly number[], ...cells: readonly (string | number)[]): void {
  console.log(cells.map((cell, i) => String(cell).padStart(widths[i] ?? 8)).join(''));
}

function bytesOf(model: PipelineModel): string {
  try {
    return `${String(JSON.stringify(compile(model).definition).length).padStart(9)} bytes`;
  } catch (error) {
    if (!(error instanceof InvalidPipeline)) throw error;
    return `  refused: ${error.diagnostics.map(({ code, message }) => `${code} ${message}`).join(' ')}`;
  }
}
