/** Subscription filters of CloudWatch Logs: lines that match go to a function, some at a time. */
import { gzipSync } from 'node:zlib';
import type { Database, RootDatabase } from 'lmdb';
import { matchesTerms } from './filter-terms';

export interface Subscription {
  readonly name: string;
  readonly group: string;
  /** Empty for every line. */
  readonly pattern: string;
  readonly destinationArn: string;
}

interface Matched {
  readonly id: string;
  readonly timestamp: number;
  readonly message: string;
}

export interface SubscriptionsOptions {
  readonly root: RootDatabase;
  readonly account: string;
  /** @throws Error when there is no such function */
  readonly deliver: (functionArn: string, payload: string) => Promise<void>;
}

/** Lines that come together are delivered together. */
const DELAY_MS = 50;
const MAX_LINES = 500;

export class Subscriptions {
  private readonly stored: Database<Subscription, string>;
  private byGroup: Map<string, Subscription[]> | undefined;
  private readonly waiting = new Map<
    string,
    { readonly to: Subscription; readonly stream: string; lines: Matched[] }
  >();
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly options: SubscriptionsOptions) {
    this.stored = options.root.openDB({ name: 'logs.subscriptions', encoding: 'json' });
  }

  put(subscription: Subscription): void {
    const key = `${subscription.group} ${subscription.name}`;
    this.options.root.transactionSync(() => void this.stored.put(key, subscription));
    this.byGroup = undefined;
  }

  /** Removes what a deployment no longer has. @param kept `<group> <name>` */
  retain(kept: ReadonlySet<string>): void {
    const gone = Array.from(this.stored.getKeys({})).filter((key) => !kept.has(key));
    for (const key of gone) this.options.root.transactionSync(() => void this.stored.remove(key));
    this.byGroup = undefined;
  }

  /** Whether lines wait to be delivered. */
  get busy(): boolean {
    return this.timer !== undefined;
  }

  offer(group: string, stream: string, line: Matched): void {
    for (const to of this.of(group)) {
      if (!matchesTerms(to.pattern, line.message)) continue;
      const key = `${to.name} ${group} ${stream}`;
      const batch = this.waiting.get(key) ?? { to, stream, lines: [] };
      batch.lines.push(line);
      this.waiting.set(key, batch);
      this.timer ??= setTimeout(() => this.flush(), DELAY_MS);
    }
  }

  /** Delivers what waits. */
  flush(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    const batches = [...this.waiting.values()];
    this.waiting.clear();
    for (const { to, stream, lines } of batches)
      for (let start = 0; start < lines.length; start += MAX_LINES) {
        const data = {
          messageType: 'DATA_MESSAGE',
          owner: this.options.account,
          logGroup: to.group,
          logStream: stream,
          subscriptionFilters: [to.name],
          logEvents: lines.slice(start, start + MAX_LINES),
        };
        const payload = { awslogs: { data: gzipSync(JSON.stringify(data)).toString('base64') } };
        // As in CloudWatch, a destination that is gone gets nothing.
        this.options.deliver(to.destinationArn, JSON.stringify(payload)).catch(() => {});
      }
  }

  stop(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.waiting.clear();
  }

  private of(group: string): readonly Subscription[] {
    if (this.byGroup === undefined) {
      this.byGroup = new Map();
      for (const { value } of this.stored.getRange({}))
        this.byGroup.set(value.group, [...(this.byGroup.get(value.group) ?? []), value]);
    }
    return this.byGroup.get(group) ?? [];
  }
}
