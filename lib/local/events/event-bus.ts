/**
 * EventBridge on this machine. An event is stored before it is accepted and removed after its targets have answered,
 * so that one that was accepted before a kill is delivered after it: at least once, as in AWS.
 */
import { randomUUID } from 'node:crypto';
import type { Database, RootDatabase } from 'lmdb';
import { AwsError, type BusEvent, type JsonService, type Principal } from '../service';
import { matchesPattern } from './event-pattern';
import { transformInput, type InputTransformer } from './input-transformer';

export interface RuleRecord {
  readonly name: string;
  readonly bus: string;
  readonly pattern: { readonly [key: string]: unknown } | undefined;
  readonly enabled: boolean;
  readonly targets: readonly {
    readonly id: string;
    readonly arn: string;
    readonly input?: string;
    readonly transformer?: InputTransformer;
  }[];
}

export interface EventBusOptions {
  readonly root: RootDatabase;
  readonly account: string;
  readonly region: string;
  readonly deliver: (targetArn: string, payload: string) => Promise<void>;
  /** Milliseconds since 1970. @default real time */
  readonly now?: () => number;
}

interface StoredEvent {
  readonly bus: string;
  readonly event: { readonly [key: string]: unknown };
}

export class EventBus implements JsonService {
  readonly target = 'AWSEvents';
  readonly jsonVersion = '1.1';
  private readonly rules: Database<RuleRecord, [string, string]>;
  private readonly pending: Database<StoredEvent, string>;
  private readonly underWay = new Set<Promise<void>>();
  private running = false;

  constructor(private readonly options: EventBusOptions) {
    this.rules = options.root.openDB({ name: 'events.rules', encoding: 'json' });
    this.pending = options.root.openDB({ name: 'events.pending', encoding: 'json' });
  }

  putRule(rule: RuleRecord): void {
    this.options.root.transactionSync(() => void this.rules.put([rule.bus, rule.name], rule));
  }

  removeRule(bus: string, name: string): void {
    this.options.root.transactionSync(() => void this.rules.remove([bus, name]));
  }

  /** Removes what a deployment no longer has; names are of the form `bus/rule`. */
  retain(names: ReadonlySet<string>): void {
    const rules = Array.from(this.rules.getRange({}), ({ value }) => value);
    for (const value of rules)
      if (!names.has(`${value.bus}/${value.name}`)) this.removeRule(value.bus, value.name);
  }

  /** Begins to deliver; what an earlier process left comes first. */
  start(): void {
    this.running = true;
    for (const { key } of this.pending.getRange({})) this.begin(key);
  }

  stop(): void {
    this.running = false;
  }

  get busy(): boolean {
    return this.underWay.size > 0;
  }

  /** Waits for what is being delivered, and for what that sets off; what takes longer is delivered by the next start. */
  async settle(patienceMs: number): Promise<void> {
    const end = Date.now() + patienceMs;
    while (this.underWay.size > 0 && Date.now() < end) {
      let timer: NodeJS.Timeout | undefined;
      const patience = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, end - Date.now());
      });
      await Promise.race([Promise.all(this.underWay), patience]);
      clearTimeout(timer);
    }
  }

  emit(event: BusEvent): void {
    const id = randomUUID();
    const stored: StoredEvent = {
      bus: event.bus ?? 'default',
      event: {
        version: '0',
        id,
        'detail-type': event['detail-type'],
        source: event.source,
        account: this.options.account,
        time: new Date(this.options.now?.() ?? Date.now()).toISOString(),
        region: this.options.region,
        resources: event.resources ?? [],
        detail: event.detail,
      },
    };
    if (this.matching(stored).length === 0) return;
    this.options.root.transactionSync(() => void this.pending.put(id, stored));
    if (this.running) this.begin(id);
  }

  async call(operation: string, input: unknown, _principal: Principal): Promise<unknown> {
    if (operation === 'PutEvents') {
      const { Entries = [] } = input as {
        Entries?: {
          Source?: string;
          DetailType?: string;
          Detail?: string;
          EventBusName?: string;
          Resources?: string[];
        }[];
      };
      return {
        FailedEntryCount: 0,
        Entries: Entries.map((entry) => {
          this.emit({
            source: entry.Source ?? '',
            'detail-type': entry.DetailType ?? '',
            detail: JSON.parse(entry.Detail ?? '{}') as unknown,
            resources: entry.Resources ?? [],
            bus: entry.EventBusName?.split('/').at(-1) ?? 'default',
          });
          return { EventId: randomUUID() };
        }),
      };
    }
    if (operation === 'ListRules')
      return {
        Rules: [...this.rules.getRange({})].map(({ value }) => ({
          Name: value.name,
          EventBusName: value.bus,
          State: value.enabled ? 'ENABLED' : 'DISABLED',
          EventPattern: JSON.stringify(value.pattern),
        })),
      };
    throw new AwsError('UnknownOperationException', `EventBridge ${operation} is not served here.`);
  }

  private matching(stored: StoredEvent): RuleRecord[] {
    return [...this.rules.getRange({})]
      .map(({ value }) => value)
      .filter(
        (rule) =>
          rule.bus === stored.bus &&
          rule.enabled &&
          rule.pattern !== undefined &&
          matchesPattern(rule.pattern, stored.event),
      );
  }

  private begin(id: string): void {
    const delivery = new Promise<void>((resolve) => setImmediate(resolve))
      .then(async () => this.dispatch(id))
      .finally(() => this.underWay.delete(delivery));
    this.underWay.add(delivery);
  }

  private async dispatch(id: string): Promise<void> {
    const stored = this.pending.get(id);
    if (stored === undefined) return;
    for (const rule of this.matching(stored)) {
      for (const target of rule.targets) {
        try {
          const { input, transformer } = target;
          await this.options.deliver(
            target.arn,
            input ??
              (transformer === undefined
                ? JSON.stringify(stored.event)
                : transformInput(transformer, stored.event)),
          );
        } catch {
          // Delivered again by the next start; a target that is gone has no rule then.
        }
      }
    }
    if (this.running) this.options.root.transactionSync(() => void this.pending.remove(id));
  }
}
