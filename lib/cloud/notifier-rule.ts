/** Rings `notifier` for what happens to runs and tasks of this stage; it knows from the pipeline who is to be told. */
import { type EventBus, Rule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import type { Names } from './names';

export interface NotifierRuleProps {
  readonly names: Names;
  readonly bus: EventBus;
  readonly target: IFunction;
  readonly deadLetters: IQueue;
}

export class NotifierRule extends Rule {
  constructor(scope: Construct, id: string, { names, bus, target, deadLetters }: NotifierRuleProps) {
    super(scope, id, {
      ruleName: `${names.prefix}-notifier`,
      description: 'A run or a task of this stage ended, was tried again, or is late.',
      eventBus: bus,
      eventPattern: {
        source: ['millrace'],
        detailType: [
          'Run Ended',
          'Task Failed',
          'Task Retried',
          'Task Succeeded',
          'Decision Asked',
          'Log Matched',
          'Deadline Missed',
        ],
      },
      targets: [new LambdaFunction(target, { deadLetterQueue: deadLetters })],
    });
  }
}
