/** Where alarms and messages of `notify` tasks go. People subscribe to it; nothing here knows their addresses. */
import { Aws, Fn } from 'aws-cdk-lib';
import { Effect, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Topic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import type { Names } from './names';

export class AlarmTopic extends Topic {
  constructor(scope: Construct, id: string, { names }: { names: Names }) {
    super(scope, id, { topicName: names.alarmTopic, displayName: 'millrace alarms', enforceSSL: true });
    // A topic policy of one's own replaces the default one, which is what lets CloudWatch publish.
    this.addToResourcePolicy(
      new PolicyStatement({
        sid: 'AlarmsOfThisAccount',
        effect: Effect.ALLOW,
        principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
        actions: ['sns:Publish'],
        resources: [this.topicArn],
        conditions: {
          StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID },
          ArnLike: {
            'aws:SourceArn': Fn.sub(
              'arn:${AWS::Partition}:cloudwatch:${AWS::Region}:${AWS::AccountId}:alarm:*',
            ),
          },
        },
      }),
    );
  }
}
