/** Machines, executions, their frames and history on LMDB. One save of an execution is one transaction. */
import type { Database, RootDatabase } from 'lmdb';
import type { Definition } from './definition';
import { Frames, type FrameChanges } from './frames';
import type { ExecutionRecord, Frame, HistoryEvent, MachineRecord } from './records';

/** Sorts above every key that begins with the same parts. */
const LAST = '\uffff';

const MOST_PARSED = 50;

export class ExecutionStore {
  private readonly machines: Database<MachineRecord, string>;
  /** Definitions by revision: an execution keeps the one it started with. */
  private readonly definitions: Database<string, string>;
  private readonly executions: Database<ExecutionRecord, string>;
  private readonly frames: Database<StoredFrame, [string, number]>;
  private readonly variables: Database<unknown, [string, number, string]>;
  private readonly history: Database<HistoryEvent, [string, number]>;
  /** Executions of a machine by start: [machine, start, arn]. */
  private readonly listing: Database<string, [string, number, string]>;
  /** What must be gone on with after a restart. */
  private readonly running: Database<boolean, string>;
  private readonly parsed = new Map<string, Definition>();

  constructor(private readonly root: RootDatabase) {
    this.machines = root.openDB({ name: 'states.machines', encoding: 'json' });
    this.definitions = root.openDB({ name: 'states.definitions', encoding: 'json' });
    this.executions = root.openDB({ name: 'states.executions', encoding: 'json' });
    this.frames = root.openDB({ name: 'states.frames', encoding: 'json' });
    this.variables = root.openDB({ name: 'states.variables', encoding: 'json' });
    this.history = root.openDB({ name: 'states.history', encoding: 'json' });
    this.listing = root.openDB({ name: 'states.listing', encoding: 'json' });
    this.running = root.openDB({ name: 'states.running', encoding: 'json' });
  }

  machine(arn: string): MachineRecord | undefined {
    return this.machines.get(arn);
  }

  allMachines(): MachineRecord[] {
    return [...this.machines.getRange({})].map(({ value }) => value);
  }

  putMachine(machine: MachineRecord): void {
    this.root.transactionSync(() => {
      void this.machines.put(machine.arn, machine);
      void this.definitions.put(machine.revisionId, machine.definition);
    });
  }

  removeMachine(arn: string): void {
    this.root.transactionSync(() => void this.machines.remove(arn));
  }

  definition(revisionId: string): string {
    return this.definitions.get(revisionId) ?? '{}';
  }

  parsedDefinition(revisionId: string): Definition {
    const known = this.parsed.get(revisionId);
    if (known !== undefined) return known;
    const definition = JSON.parse(this.definition(revisionId)) as Definition;
    // Whoever runs one holds it; what is kept here only saves reading it again.
    if (this.parsed.size >= MOST_PARSED) this.parsed.clear();
    this.parsed.set(revisionId, definition);
    return definition;
  }

  execution(arn: string): ExecutionRecord | undefined {
    return this.executions.get(arn);
  }

  runningExecutions(): ExecutionRecord[] {
    return [...this.running.getRange({})].flatMap(({ key }) => this.executions.get(key) ?? []);
  }

  /** Newest first, from just after a key; the keys serve as page tokens. */
  *executionsOf(
    machineArn: string,
    after?: readonly [number, string],
  ): Generator<{ readonly key: readonly [number, string]; readonly arn: string }> {
    const range = this.listing.getRange({
      start: [machineArn, after?.[0] ?? Number.MAX_SAFE_INTEGER, after?.[1] ?? LAST],
      end: [machineArn, -1, ''],
      reverse: true,
    });
    for (const { key, value } of range) {
      if (after !== undefined && key[1] === after[0] && key[2] === after[1]) continue;
      yield { key: [key[1], key[2]], arn: value };
    }
  }

  framesOf(arn: string): Frames {
    const frames = this.frames.getRange({ start: [arn, 0], end: [arn, Number.MAX_SAFE_INTEGER] });
    const variables = this.variables.getRange({
      start: [arn, 0, ''],
      end: [arn, Number.MAX_SAFE_INTEGER, LAST],
    });
    return new Frames(
      frames.map(({ value }) => ({ ...value, variables: {} })),
      variables.map(({ key, value }) => ({ frame: key[1], name: key[2], value })),
    );
  }

  /** Events from an id on, in the order asked for. */
  *events(arn: string, from: number | undefined, reverse: boolean): Generator<HistoryEvent> {
    const range = reverse
      ? { start: [arn, from ?? Number.MAX_SAFE_INTEGER] as [string, number], end: [arn, -1] as [string, number], reverse } // prettier-ignore
      : {
          start: [arn, from ?? 0] as [string, number],
          end: [arn, Number.MAX_SAFE_INTEGER] as [string, number],
        };
    for (const { value } of this.history.getRange(range)) yield value;
  }

  save(record: ExecutionRecord, frames: FrameChanges, events: readonly HistoryEvent[]): void {
    this.root.transactionSync(() => {
      if (record.lastEventId === events.at(-1)?.id && events[0]?.id === 1)
        void this.listing.put([record.machineArn, record.startedAt, record.arn], record.arn);
      void this.executions.put(record.arn, record);
      if (record.status === 'RUNNING') void this.running.put(record.arn, true);
      else void this.running.remove(record.arn);
      for (const id of frames.removed) this.removeFrame(record.arn, id);
      for (const { variables: _apart, ...frame } of frames.changed)
        void this.frames.put([record.arn, frame.id], frame);
      for (const { frame, name, value } of frames.variables)
        void this.variables.put([record.arn, frame, name], value);
      for (const event of events) void this.history.put([record.arn, event.id], event);
    });
  }

  private removeFrame(arn: string, id: number): void {
    void this.frames.remove([arn, id]);
    for (const key of this.variables.getKeys({ start: [arn, id, ''], end: [arn, id, LAST] }))
      void this.variables.remove(key);
  }
}

type StoredFrame = Omit<Frame, 'variables'>;
