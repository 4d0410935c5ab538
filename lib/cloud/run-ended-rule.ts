/** Tells `run-ended` how executions of this stage's machines ended. Step Functions reports that on the default bus. */
import { Fn } from 'aws-cdk-lib';
import { Rule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import type { Names } from './names';

export interface RunEndedRuleProps {
  readonly names: Names;
  readonly target: IFunction;
  readonly deadLetters: IQueue;
}

export class RunEndedRule extends Rule {
  constructor(scope: Construct, id: string, { names, target, deadLetters }: RunEndedRuleProps) {
    super(scope, id, {
      ruleName: `${names.prefix}-run-ended`,
      description: 'An execution of a machine of this stage has ended.',
      eventPattern: {
        source: ['aws.states'],
        detailType: ['Step Functions Execution Status Change'],
        detail: {
          status: ['SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED'],
          stateMachineArn: [{ prefix: Fn.sub(names.machineArn('')) }],
        },
      },
      targets: [new LambdaFunction(target, { deadLetterQueue: deadLetters })],
    });
  }
}
