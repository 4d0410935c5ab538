/** Tells the alarm topic when a stage has cost most of what it may cost in a month, and when it will cost more. */
import { CfnBudget } from 'aws-cdk-lib/aws-budgets';
import { Effect, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Aws } from 'aws-cdk-lib';
import type { Topic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import type { Names } from './names';
import { operationsNamesOf } from './operations-names';
import type { Settings } from './settings';

export interface StageBudgetProps {
  readonly names: Names;
  readonly settings: Settings;
  readonly topic: Topic;
  /** US dollars a month. */
  readonly amount: number;
}

export class StageBudget extends Construct {
  constructor(scope: Construct, id: string, { names, settings, topic, amount }: StageBudgetProps) {
    super(scope, id);
    const told = (notificationType: 'ACTUAL' | 'FORECASTED', threshold: number) => ({
      notification: {
        notificationType,
        comparisonOperator: 'GREATER_THAN',
        threshold,
        thresholdType: 'PERCENTAGE',
      },
      subscribers: [{ subscriptionType: 'SNS', address: topic.topicArn }],
    });
    topic.addToResourcePolicy(
      new PolicyStatement({
        sid: 'BudgetsOfThisAccount',
        effect: Effect.ALLOW,
        principals: [new ServicePrincipal('budgets.amazonaws.com')],
        actions: ['sns:Publish'],
        resources: [topic.topicArn],
        conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } },
      }),
    );
    new CfnBudget(this, 'Month', {
      budget: {
        budgetName: operationsNamesOf(names).budget,
        budgetType: 'COST',
        timeUnit: 'MONTHLY',
        budgetLimit: { amount, unit: 'USD' },
        // The tag has to be activated for cost allocation once, in the billing console.
        costFilters: { TagKeyValue: [`user:millrace:stage$${settings.stage.name}`] },
      },
      notificationsWithSubscribers: [told('ACTUAL', 80), told('FORECASTED', 100)],
    });
  }
}
