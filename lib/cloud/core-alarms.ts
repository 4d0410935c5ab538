/** What someone should hear of although no run failed visibly. */
import { Duration } from 'aws-cdk-lib';
import {
  Alarm,
  ComparisonOperator,
  type IMetric,
  MathExpression,
  Metric,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { Names } from './names';

export interface CoreAlarmsProps {
  readonly names: Names;
  readonly topic: ITopic;
  readonly functions: Readonly<Record<string, IFunction>>;
  readonly deadLetters: IQueue;
}

const PERIOD = Duration.minutes(5);

export class CoreAlarms extends Construct {
  constructor(scope: Construct, id: string, { names, topic, functions, deadLetters }: CoreAlarmsProps) {
    super(scope, id);
    // `finish` also says by an error that a run has failed, of which the alarm of the pipeline tells; its own faults fail
    // the execution as well.
    const errors = Object.entries(functions)
      .filter(([name]) => name !== 'finish')
      .map(([, fn], index) => [`m${index}`, fn.metricErrors()] as const);
    this.alarm('FunctionErrors', topic, {
      name: `${names.prefix}-function-errors`,
      description: 'A function that starts, ends or records runs has failed. See its log group.',
      metric: new MathExpression({
        expression: errors.map(([key]) => key).join(' + '),
        usingMetrics: Object.fromEntries(errors),
        label: 'Errors of the core functions',
        period: PERIOD,
      }),
    });
    this.alarm('Throttles', topic, {
      name: `${names.prefix}-throttles`,
      description:
        'Lambda throttles functions of this account and region: tasks wait or fail. Raise the concurrency quota.',
      // Without a dimension: all functions of the account and region, which share the quota.
      metric: new Metric({
        namespace: 'AWS/Lambda',
        metricName: 'Throttles',
        statistic: 'Sum',
        period: PERIOD,
      }),
    });
    this.alarm('DeadLetters', topic, {
      name: `${names.prefix}-dead-letters`,
      description: 'Events could not be handled after all retries. They are in the queue for 14 days.',
      metric: deadLetters.metricApproximateNumberOfMessagesVisible({ period: PERIOD, statistic: 'Maximum' }),
    });
  }

  private alarm(
    id: string,
    topic: ITopic,
    { name, description, metric }: { name: string; description: string; metric: IMetric },
  ): void {
    new Alarm(this, id, {
      alarmName: name,
      alarmDescription: description,
      metric,
      threshold: 0,
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      evaluationPeriods: 1,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    }).addAlarmAction(new SnsAction(topic));
  }
}
