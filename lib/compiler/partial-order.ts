/**
 * The order of a pipeline's tasks as a strict partial order: `before(a, b)` is the transitive closure of the edges.
 * All lists keep the order of definition, so that everything built on them is deterministic.
 */
import type { Edge } from '../model/edges';

export class PartialOrder {
  private readonly index: ReadonlyMap<string, number>;
  /** 1 where the row's task comes before the column's. */
  private readonly closure: Uint8Array;

  constructor(
    readonly ids: readonly string[],
    edges: readonly Edge[],
  ) {
    const size = ids.length;
    this.index = new Map(ids.map((id, i) => [id, i]));
    this.closure = new Uint8Array(size * size);
    const direct = ids.map((): number[] => []);
    for (const { from, to } of edges) {
      const target = this.index.get(to);
      if (target !== undefined) direct[this.index.get(from) ?? -1]?.push(target);
    }
    const done = new Uint8Array(size);
    const visit = (i: number): void => {
      if (done[i] === 1) return;
      done[i] = 1;
      const row = this.closure.subarray(i * size, (i + 1) * size);
      for (const next of direct[i] ?? []) {
        visit(next);
        row[next] = 1;
        for (let j = 0; j < size; j++) if (this.closure[next * size + j] === 1) row[j] = 1;
      }
    };
    for (let i = 0; i < size; i++) visit(i);
  }

  before(a: string, b: string): boolean {
    return this.closure[(this.index.get(a) ?? 0) * this.ids.length + (this.index.get(b) ?? 0)] === 1;
  }

  comparable(a: string, b: string): boolean {
    return this.before(a, b) || this.before(b, a);
  }

  /** Connected components of some tasks, each and all in the order of `ids`: linked are those (not) in order. */
  components(ids: readonly string[], linked: 'comparable' | 'incomparable'): string[][] {
    const size = this.ids.length;
    const wanted = linked === 'comparable';
    const numbers = ids.map((id) => this.index.get(id) ?? 0);
    const component = new Int32Array(ids.length).fill(-1);
    let count = 0;
    for (let start = 0; start < ids.length; start++) {
      if (component[start] !== -1) continue;
      component[start] = count;
      const queue = [start];
      for (let i = queue.pop(); i !== undefined; i = queue.pop()) {
        const a = numbers[i] ?? 0;
        for (let j = 0; j < ids.length; j++) {
          if (component[j] !== -1) continue;
          const b = numbers[j] ?? 0;
          const inOrder = this.closure[a * size + b] === 1 || this.closure[b * size + a] === 1;
          if (inOrder !== wanted) continue;
          component[j] = count;
          queue.push(j);
        }
      }
      count++;
    }
    const result = Array.from({ length: count }, (): string[] => []);
    ids.forEach((id, i) => result[component[i] ?? 0]?.push(id));
    return result;
  }
}
