/** Events that the asynchronous core functions could not handle, kept for two weeks. */
import { Duration } from 'aws-cdk-lib';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import type { Names } from './names';

export class DeadLetterQueue extends Queue {
  constructor(scope: Construct, id: string, { names }: { names: Names }) {
    super(scope, id, {
      queueName: names.deadLetters,
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    });
  }
}
