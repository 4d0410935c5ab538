/** The frames of one execution: which are ready, who is whose child, which changed since they were last saved. */
import type { Frame } from './records';

export interface FrameChanges {
  readonly changed: readonly Frame[];
  readonly removed: readonly number[];
  readonly variables: readonly VariableRecord[];
}

/** A variable is stored apart from its frame: a long chain assigns many, one at a time. */
export interface VariableRecord {
  readonly frame: number;
  readonly name: string;
  readonly value: unknown;
}

export class Frames {
  private readonly all = new Map<number, Frame>();
  private readonly childrenOf = new Map<number, Set<Frame>>();
  private readonly open = new Map<number, number>();
  private ready: Frame[] = [];
  private changed = new Set<Frame>();
  private removed = new Set<number>();
  private assigned: VariableRecord[] = [];

  constructor(frames: Iterable<Frame> = [], variables: Iterable<VariableRecord> = []) {
    for (const frame of frames) this.index(frame);
    for (const { frame, name, value } of variables) {
      const owner = this.all.get(frame);
      if (owner !== undefined) owner.variables[name] = value;
    }
    for (const frame of this.all.values()) {
      if (frame.phase !== 'children') continue;
      for (const child of this.children(frame))
        frame.previousEventId = Math.max(frame.previousEventId, child.previousEventId);
    }
  }

  values(): Iterable<Frame> {
    return this.all.values();
  }

  has(frame: Frame): boolean {
    return this.all.get(frame.id) === frame;
  }

  parentOf(frame: Frame): Frame | undefined {
    return frame.parent === undefined ? undefined : this.all.get(frame.parent);
  }

  /** Innermost first: the frame, its parent, and so on. */
  *lineage(frame: Frame): Generator<Frame> {
    for (let here: Frame | undefined = frame; here !== undefined; here = this.parentOf(here)) yield here;
  }

  children(frame: Frame): ReadonlySet<Frame> {
    return this.childrenOf.get(frame.id) ?? new Set();
  }

  /** Children that are not done. */
  openChildren(frame: Frame): number {
    return this.open.get(frame.id) ?? 0;
  }

  add(frame: Frame): void {
    this.index(frame);
    this.changed.add(frame);
  }

  /** To be called after a frame was changed; a frame that became ready takes its place in the queue. */
  touch(frame: Frame): void {
    this.changed.add(frame);
    if (frame.phase === 'ready') this.ready.push(frame);
  }

  assign(frame: Frame, variables: Readonly<Record<string, unknown>>): void {
    for (const [name, value] of Object.entries(variables)) {
      frame.variables[name] = value;
      this.assigned.push({ frame: frame.id, name, value });
    }
  }

  nextReady(): Frame | undefined {
    for (;;) {
      const frame = this.ready.shift();
      if (frame === undefined || (frame.phase === 'ready' && this.has(frame))) return frame;
    }
  }

  done(frame: Frame, result: Pick<Frame, 'output' | 'failure'>): void {
    frame.phase = 'done';
    frame.variables = {};
    frame.input = null;
    Object.assign(frame, result);
    this.changed.add(frame);
    if (frame.parent !== undefined) this.open.set(frame.parent, (this.open.get(frame.parent) ?? 1) - 1);
  }

  /** Removes what is below a frame; `each` is told first. */
  removeDescendants(frame: Frame, each: (descendant: Frame) => void): void {
    for (const child of this.children(frame)) {
      this.removeDescendants(child, each);
      each(child);
      this.all.delete(child.id);
      this.changed.delete(child);
      this.removed.add(child.id);
    }
    this.childrenOf.delete(frame.id);
    this.open.delete(frame.id);
  }

  clear(): void {
    for (const id of this.all.keys()) this.removed.add(id);
    this.all.clear();
    this.childrenOf.clear();
    this.open.clear();
    this.changed.clear();
    this.ready = [];
  }

  takeChanges(): FrameChanges {
    const changes = {
      changed: [...this.changed],
      removed: [...this.removed],
      variables: this.assigned.filter(({ frame }) => this.all.has(frame)),
    };
    this.assigned = [];
    this.changed = new Set();
    this.removed = new Set();
    return changes;
  }

  private index(frame: Frame): void {
    this.all.set(frame.id, frame);
    if (frame.phase === 'ready') this.ready.push(frame);
    if (frame.parent === undefined) return;
    const siblings = this.childrenOf.get(frame.parent) ?? new Set();
    siblings.add(frame);
    this.childrenOf.set(frame.parent, siblings);
    if (frame.phase !== 'done') this.open.set(frame.parent, (this.open.get(frame.parent) ?? 0) + 1);
  }
}
