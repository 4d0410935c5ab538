/** SNS on this machine: messages are kept for whoever wants to read them; nobody outside gets one. */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Database, RootDatabase } from 'lmdb';
import { AwsError, type HttpService, type JsonService, type Principal } from '../service';

export interface Message {
  readonly id: string;
  readonly topicArn: string;
  readonly subject: string;
  readonly text: string;
  readonly at: number;
}

export class Topics implements HttpService, JsonService {
  readonly target = 'AmazonSimpleNotificationService';
  readonly jsonVersion = '1.0';
  private readonly topics: Database<{ readonly arn: string }, string>;
  private readonly messages: Database<Message, [string, number, string]>;

  /** @param now milliseconds since 1970 */
  constructor(
    private readonly root: RootDatabase,
    private readonly now: () => number = Date.now,
  ) {
    this.topics = root.openDB({ name: 'sns.topics', encoding: 'json' });
    this.messages = root.openDB({ name: 'sns.messages', encoding: 'json' });
  }

  createTopic(arn: string): void {
    this.root.transactionSync(() => void this.topics.put(arn, { arn }));
  }

  published(topicArn: string): Message[] {
    return [
      ...this.messages.getRange({ start: [topicArn], end: [topicArn, Number.MAX_SAFE_INTEGER, '\uffff'] }),
    ].map(({ value }) => value);
  }

  async call(operation: string, input: unknown, _principal: Principal): Promise<unknown> {
    const body = input as { TopicArn?: string; Subject?: string; Message?: string };
    if (operation === 'ListTopics')
      return { Topics: [...this.topics.getRange({})].map(({ value }) => ({ TopicArn: value.arn })) };
    if (operation !== 'Publish') throw new AwsError('InvalidAction', `SNS ${operation} is not served here.`);
    const topicArn = body.TopicArn ?? '';
    if (this.topics.get(topicArn) === undefined)
      throw new AwsError('NotFound', `Topic does not exist: ${topicArn}`, 404);
    const message: Message = {
      id: randomUUID(),
      topicArn,
      subject: body.Subject ?? '',
      text: body.Message ?? '',
      at: this.now(),
    };
    this.root.transactionSync(() => void this.messages.put([topicArn, message.at, message.id], message));
    return { MessageId: message.id };
  }

  /** The query protocol: a form in, XML out. */
  async handle(request: IncomingMessage, response: ServerResponse, principal: Principal): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const form = new URLSearchParams(Buffer.concat(chunks).toString('utf8'));
    const action = form.get('Action') ?? '';
    const send = (status: number, body: string) => {
      response.writeHead(status, { 'content-type': 'text/xml', 'content-length': Buffer.byteLength(body) });
      response.end(body);
    };
    try {
      if (action === 'GetCallerIdentity') {
        return send(
          200,
          '<GetCallerIdentityResponse><GetCallerIdentityResult><Account>000000000000</Account><Arn>arn:aws:iam::000000000000:root</Arn><UserId>root</UserId></GetCallerIdentityResult></GetCallerIdentityResponse>',
        );
      }
      const result = (await this.call(action, Object.fromEntries(form), principal)) as {
        MessageId?: string;
        Topics?: { TopicArn: string }[];
      };
      const inner =
        result.MessageId === undefined
          ? `<Topics>${(result.Topics ?? []).map((topic) => `<member><TopicArn>${topic.TopicArn}</TopicArn></member>`).join('')}</Topics>`
          : `<MessageId>${result.MessageId}</MessageId>`;
      send(
        200,
        `<${action}Response xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><${action}Result>${inner}</${action}Result></${action}Response>`,
      );
    } catch (error) {
      const known = error instanceof AwsError ? error : new AwsError('InternalFailure', String(error), 500);
      send(
        known.status,
        `<ErrorResponse><Error><Type>Sender</Type><Code>${known.code}</Code><Message>${known.message.replace(/[<&]/g, '')}</Message></Error></ErrorResponse>`,
      );
    }
  }
}
