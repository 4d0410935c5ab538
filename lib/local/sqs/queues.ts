/** SQS on this machine, as far as queues of dead letters need it: messages lie there until somebody takes them or they are too old. */
import { randomUUID } from 'node:crypto';
import type { Database, RootDatabase } from 'lmdb';
import { AwsError, type JsonService, type Principal } from '../service';

interface Queue {
  readonly name: string;
  readonly retentionSeconds: number;
  readonly visibilitySeconds: number;
}

interface QueuedMessage {
  readonly id: string;
  readonly body: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** Milliseconds since 1970. */
  readonly sentAt: number;
  /** Who receives a message has it for himself until then. */
  readonly hiddenUntil: number;
}

type Place = [queue: string, sequence: number];

interface QueueRequest {
  readonly QueueUrl?: string;
  readonly QueueName?: string;
  readonly QueueNamePrefix?: string;
  readonly MessageBody?: string;
  readonly MessageAttributes?: Readonly<Record<string, { readonly StringValue?: string }>>;
  readonly MaxNumberOfMessages?: number;
  readonly VisibilityTimeout?: number;
  readonly ReceiptHandle?: string;
}

export interface QueuesOptions {
  readonly root: RootDatabase;
  readonly account: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** How many messages of a queue may be received, whenever that changes. */
  readonly changed: (queue: string, visible: number) => void;
}

export class Queues implements JsonService {
  readonly target = 'AmazonSQS';
  readonly jsonVersion = '1.0';
  private readonly queues: Database<Queue, string>;
  private readonly messages: Database<QueuedMessage, Place>;
  private sequence = 0;

  constructor(private readonly options: QueuesOptions) {
    this.queues = options.root.openDB({ name: 'sqs.queues', encoding: 'json' });
    this.messages = options.root.openDB({ name: 'sqs.messages', encoding: 'json' });
  }

  put(queue: Queue): void {
    this.options.root.transactionSync(() => void this.queues.put(queue.name, queue));
  }

  urlOf(name: string): string {
    return `http://sqs/${this.options.account}/${name}`;
  }

  /** @throws AwsError when there is no such queue */
  send(
    nameUrlOrArn: string,
    body: string,
    attributes: Readonly<Record<string, string>> = {},
  ): { readonly MessageId: string } {
    const { name } = this.require(nameUrlOrArn);
    const sentAt = this.options.now();
    // A number that only grows, so that messages of one millisecond keep their order.
    this.sequence = Math.max(this.sequence + 1, sentAt * 1000);
    const message = { id: randomUUID(), body, attributes, sentAt, hiddenUntil: 0 };
    this.options.root.transactionSync(() => void this.messages.put([name, this.sequence], message));
    this.tell(name);
    return { MessageId: message.id };
  }

  /** Messages that may be received now, by queue; those that are too old are gone. */
  visible(): ReadonlyMap<string, number> {
    return new Map(Array.from(this.queues.getRange({}), ({ key }) => [key, this.receivable(key).length]));
  }

  async call(operation: string, input: unknown, _principal: Principal): Promise<unknown> {
    const body = (input ?? {}) as QueueRequest;
    if (operation === 'ListQueues') {
      const names = Array.from(this.queues.getRange({}), ({ key }) => key);
      const asked = names.filter((name) => name.startsWith(body.QueueNamePrefix ?? ''));
      return { QueueUrls: asked.map((name) => this.urlOf(name)) };
    }
    const queue = this.require(body.QueueUrl ?? body.QueueName ?? '');
    const { name } = queue;
    switch (operation) {
      case 'GetQueueUrl':
        return { QueueUrl: this.urlOf(name) };
      case 'GetQueueAttributes': {
        const visible = this.receivable(name).length;
        return {
          Attributes: {
            ApproximateNumberOfMessages: String(visible),
            ApproximateNumberOfMessagesNotVisible: String(this.all(name).length - visible),
            MessageRetentionPeriod: String(queue.retentionSeconds),
            VisibilityTimeout: String(queue.visibilitySeconds),
          },
        };
      }
      case 'SendMessage': {
        const given = Object.entries(body.MessageAttributes ?? {});
        const attributes = given.map(([key, { StringValue = '' }]) => [key, StringValue] as const);
        return this.send(name, body.MessageBody ?? '', Object.fromEntries(attributes));
      }
      case 'ReceiveMessage':
        return this.receive(queue, body);
      case 'DeleteMessage':
        this.remove(name, ({ message }) => message.id === body.ReceiptHandle);
        return {};
      case 'PurgeQueue':
        this.remove(name, () => true);
        return {};
    }
    throw new AwsError('UnsupportedOperation', `SQS ${operation} is not served here.`);
  }

  private receive(queue: Queue, { MaxNumberOfMessages = 1, VisibilityTimeout }: QueueRequest): object {
    const taken = this.receivable(queue.name).slice(0, MaxNumberOfMessages);
    const hiddenUntil = this.options.now() + 1000 * (VisibilityTimeout ?? queue.visibilitySeconds);
    this.options.root.transactionSync(() => {
      for (const { place, message } of taken) void this.messages.put(place, { ...message, hiddenUntil });
    });
    if (taken.length > 0) this.tell(queue.name);
    return {
      Messages: taken.map(({ message }) => ({
        MessageId: message.id,
        ReceiptHandle: message.id,
        Body: message.body,
        MessageAttributes: Object.fromEntries(
          Object.entries(message.attributes).map(([key, StringValue]) => [
            key,
            { DataType: 'String', StringValue },
          ]),
        ),
      })),
    };
  }

  private remove(name: string, which: (entry: { readonly message: QueuedMessage }) => boolean): void {
    const gone = this.all(name).filter(which);
    this.options.root.transactionSync(() => {
      for (const { place } of gone) void this.messages.remove(place);
    });
    if (gone.length > 0) this.tell(name);
  }

  private tell(name: string): void {
    this.options.changed(name, this.receivable(name).length);
  }

  private receivable(name: string) {
    const now = this.options.now();
    return this.all(name).filter(({ message }) => message.hiddenUntil <= now);
  }

  private all(name: string): { readonly place: Place; readonly message: QueuedMessage }[] {
    const oldest = this.options.now() - 1000 * (this.queues.get(name)?.retentionSeconds ?? 0);
    const end: Place = [name, Number.MAX_SAFE_INTEGER];
    const entries = Array.from(this.messages.getRange({ start: [name, 0], end }), ({ key, value }) => ({
      place: key,
      message: value,
    }));
    return entries.filter(({ message }) => message.sentAt >= oldest);
  }

  /** By its name, or the name at the end of its URL or ARN. */
  private require(nameUrlOrArn: string): Queue {
    const queue = this.queues.get(nameUrlOrArn.split(/[/:]/).at(-1) ?? '');
    if (queue === undefined)
      throw new AwsError('QueueDoesNotExist', `The specified queue does not exist: ${nameUrlOrArn}`);
    return queue;
  }
}
