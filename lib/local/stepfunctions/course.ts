/** One execution in memory: its record, its frames, and the events that are not saved yet. */
import { bindingsOf, type Extra } from './bindings';
import type { Definition, StateDefinition } from './definition';
import type { Frames } from './frames';
import type { Bindings } from './jsonata';
import type { ExecutionRecord, Frame, HistoryEvent } from './records';
import type { RunnerPorts } from './runner-ports';
import { StatesError } from './states-error';

const PAYLOAD_LIMIT = 256 * 1024;

export class Course {
  /** After a stop nothing is saved any more. */
  stopped = false;
  private events: HistoryEvent[] = [];
  private calls: (() => void)[] = [];

  constructor(
    readonly record: ExecutionRecord,
    readonly definition: Definition,
    readonly frames: Frames,
    private readonly ports: RunnerPorts,
  ) {}

  /** Milliseconds since 1970. */
  now(): number {
    return this.ports.clock.now();
  }

  addFrame(
    frame: Pick<Frame, 'index' | 'path' | 'state' | 'input' | 'previousEventId'> & Partial<Frame>,
  ): void {
    this.frames.add({
      variables: {},
      phase: 'ready',
      enteredAt: 0,
      retries: [],
      retryCount: 0,
      ...frame,
      id: this.record.nextFrame++,
    });
  }

  /** @throws StatesError States.Runtime */
  stateOf(frame: Frame): StateDefinition {
    let states: Definition['States'] = this.definition.States;
    for (let i = 0; i < frame.path.length;) {
      const state = states[String(frame.path[i])];
      const kind = frame.path[i + 1];
      const scope = kind === 'Branches' ? state?.Branches?.[Number(frame.path[i + 2])] : state?.ItemProcessor;
      states = scope?.States ?? {};
      i += kind === 'Branches' ? 3 : 2;
    }
    const found = states[frame.state];
    if (found === undefined) throw new StatesError('States.Runtime', `There is no state '${frame.state}'.`);
    return found;
  }

  bindings(frame: Frame, extra: Extra = {}): Bindings {
    return bindingsOf(this.record, this.frames, frame, extra);
  }

  /** Appends an event of a frame. What happens inside a distributed Map is in no history of the execution around it. */
  eventIn(frame: Frame, type: string, details: Record<string, unknown>): number {
    for (const scope of this.frames.lineage(frame))
      if (scope.isolated !== undefined) return frame.previousEventId;
    return this.event(frame.previousEventId, type, details);
  }

  event(previousEventId: number, type: string, details: Record<string, unknown>): number {
    const id = ++this.record.lastEventId;
    this.events.push({ id, previousEventId, timestamp: this.now() / 1000, type, ...details });
    return id;
  }

  /** What is told outside, once everything up to here is saved. */
  afterSave(call: () => void): void {
    this.calls.push(call);
  }

  save(): void {
    if (this.stopped) return;
    const changes = this.frames.takeChanges();
    const { events, calls } = this;
    this.events = [];
    this.calls = [];
    // A record changes together with a frame or by an event.
    if (events.length > 0 || changes.changed.length + changes.removed.length + changes.variables.length > 0)
      this.ports.save(this.record, changes, events);
    for (const call of calls) call();
  }

  /** Saves and tells when at least so many wait to be told. @default 1 */
  sendBegun(atLeast = 1): void {
    if (this.calls.length >= atLeast) this.save();
  }
}

/** @throws StatesError States.DataLimitExceeded */
export function checkSize(value: unknown, what: string): void {
  if (Buffer.byteLength(JSON.stringify(value) ?? '') > PAYLOAD_LIMIT) {
    throw new StatesError(
      'States.DataLimitExceeded',
      `${what} with a size exceeding the maximum number of bytes service limit.`,
    );
  }
}

/** Drops what a frame kept for the state that it was in. */
export function forgetWaiting(frame: Frame): void {
  delete frame.token;
  delete frame.wakeAt;
  delete frame.timeoutAt;
  delete frame.heartbeatAt;
  delete frame.heartbeatSeconds;
  delete frame.arguments;
}
