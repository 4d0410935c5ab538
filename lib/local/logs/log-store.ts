/** CloudWatch Logs on this machine: lines by group, and the part of the API that reads them. */
import type { Database, RootDatabase } from 'lmdb';
import { AwsError, type JsonService, type Principal } from '../service';
import { matchesTerms } from './filter-terms';
import type { Subscriptions } from './subscriptions';

interface LogLine {
  readonly stream: string;
  readonly timestamp: number;
  readonly message: string;
}

export class LogStore implements JsonService {
  readonly target = 'Logs_20140328';
  readonly jsonVersion = '1.1';
  private readonly groups: Database<{ readonly name: string; readonly createdAt: number }, string>;
  private readonly lines: Database<LogLine, [string, number]>;
  private sequence: number;
  private open = true;
  /** Lines of this turn of the event loop: they are written together. */
  private waiting: [[string, number], LogLine][] = [];

  /** @param watch is told every line, e.g. for the metrics in it */
  constructor(
    private readonly root: RootDatabase,
    readonly subscriptions: Subscriptions,
    private readonly watch: (message: string) => void = () => {},
    private readonly now: () => number = Date.now,
  ) {
    this.groups = root.openDB({ name: 'logs.groups', encoding: 'json' });
    this.lines = root.openDB({ name: 'logs.lines', encoding: 'json' });
    this.sequence = now() * 1000;
  }

  createGroup(name: string): void {
    if (this.groups.get(name) === undefined)
      this.root.transactionSync(() => void this.groups.put(name, { name, createdAt: this.now() }));
  }

  /** Lines that come later, from processes that are being stopped, are dropped. */
  close(): void {
    this.write();
    this.open = false;
    this.subscriptions.stop();
  }

  append(group: string, stream: string, message: string): void {
    if (!this.open) return;
    this.watch(message);
    // A number that only grows, so that lines of one millisecond keep their order.
    this.sequence = Math.max(this.sequence + 1, this.now() * 1000);
    const timestamp = this.now();
    if (this.waiting.length === 0) setImmediate(() => this.write());
    this.waiting.push([[group, this.sequence], { stream, timestamp, message }]);
    this.subscriptions.offer(group, stream, { id: String(this.sequence), timestamp, message });
  }

  private write(): void {
    if (!this.open || this.waiting.length === 0) return;
    const lines = this.waiting;
    this.waiting = [];
    try {
      this.root.transactionSync(() => {
        for (const [key, line] of lines) void this.lines.put(key, line);
      });
    } catch {
      // Where the store has no room for lines, whoever does the work says so.
    }
  }

  async call(operation: string, input: unknown, _principal: Principal): Promise<unknown> {
    const body = (input ?? {}) as {
      logGroupName?: string;
      logGroupNamePrefix?: string;
      logStreamName?: string;
      logStreamNames?: string[];
      logStreamNamePrefix?: string;
      filterPattern?: string;
      startTime?: number;
      endTime?: number;
      limit?: number;
      nextToken?: string;
    };
    const group = body.logGroupName ?? '';
    switch (operation) {
      case 'DescribeLogGroups':
        return {
          logGroups: [...this.groups.getRange({})]
            .map(({ value }) => value)
            .filter((entry) => entry.name.startsWith(body.logGroupNamePrefix ?? ''))
            .map((entry) => ({ logGroupName: entry.name, creationTime: entry.createdAt })),
        };
      case 'DescribeLogStreams':
        return {
          logStreams: [...new Set(this.select(group, {}).map((line) => line.stream))].map(
            (logStreamName) => ({ logStreamName }),
          ),
        };
      case 'GetLogEvents':
        return {
          events: this.select(group, body)
            .filter((line) => line.stream === body.logStreamName)
            .map(({ timestamp, message }) => ({ timestamp, message, ingestionTime: timestamp })),
        };
      case 'FilterLogEvents': {
        const { filterPattern = '' } = body;
        const skip = Number(body.nextToken ?? 0);
        const limit = body.limit ?? 10_000;
        const all = this.select(group, body).filter(
          (line) =>
            matchesTerms(filterPattern, line.message) &&
            (body.logStreamNames?.includes(line.stream) ?? true) &&
            line.stream.startsWith(body.logStreamNamePrefix ?? ''),
        );
        return {
          events: all.slice(skip, skip + limit).map((line) => ({
            logStreamName: line.stream,
            timestamp: line.timestamp,
            message: line.message,
          })),
          ...(skip + limit < all.length ? { nextToken: String(skip + limit) } : {}),
        };
      }
    }
    throw new AwsError('UnknownOperationException', `CloudWatch Logs ${operation} is not served here.`);
  }

  private select(
    group: string,
    range: { readonly startTime?: number; readonly endTime?: number },
  ): LogLine[] {
    this.write();
    if (this.groups.get(group) === undefined)
      throw new AwsError('ResourceNotFoundException', `The specified log group does not exist: ${group}`);
    return [
      ...this.lines.getRange({
        start: [group, (range.startTime ?? 0) * 1000],
        end: [group, Number.MAX_SAFE_INTEGER],
      }),
    ]
      .map(({ value }) => value)
      .filter((line) => range.endTime === undefined || line.timestamp <= range.endTime);
  }
}
