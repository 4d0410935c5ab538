/**
 * Endpoints that run on SageMaker, ECS or Kubernetes: the one function that may touch those, called when an endpoint changes and
 * every minute, and the role that the containers have. Nobody else, neither tasks nor people, needs permissions there.
 */
import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { type EventBus, Rule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction as LambdaTarget } from 'aws-cdk-lib/aws-events-targets';
import { CompositePrincipal, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { CfnSchedule } from 'aws-cdk-lib/aws-scheduler';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { accessStatements, publishStatement } from './access-statements';
import { functionStatements, HandlerFunction, logStatement } from './handler-function';
import type { BundleOf } from './handler-stub';
import { imageStatements } from './job-statements';
import { LeastPrivilegeRole } from './least-privilege-role';
import type { Names } from './names';
import { servingNamesOf } from './serving-names';
import { endpointRecordStatement } from './serving-statements';
import type { Settings } from './settings';
import type { TargetSettings } from './target-settings';
import { targetStatements } from './target-statements';

export const SYNC_HANDLER = 'lambdas/sync-endpoints';

export interface ServingTargetsProps {
  readonly names: Names;
  readonly settings: Settings;
  readonly targets: TargetSettings;
  readonly bundleOf: BundleOf;
  readonly bus: EventBus;
  readonly deadLetters: IQueue;
}

export class ServingTargets extends Construct {
  constructor(scope: Construct, id: string, props: ServingTargetsProps) {
    super(scope, id);
    const { names, bus, deadLetters } = props;
    const sync = this.syncFunction(props);
    new Rule(this, 'Changed', {
      ruleName: `${names.prefix}-sync-endpoint`,
      description: 'An endpoint changed: its target follows.',
      eventBus: bus,
      eventPattern: { detailType: ['Endpoint Changed'] },
      targets: [new LambdaTarget(sync, { deadLetterQueue: deadLetters, maxEventAge: Duration.minutes(15) })],
    });
    const role = new LeastPrivilegeRole(this, 'ScheduleRole', {
      assumedBy: new ServicePrincipal('scheduler.amazonaws.com'),
      description: `${names.prefix}: looks after the targets of endpoints`,
      statements: [
        {
          actions: ['lambda:InvokeFunction'],
          resources: [servingNamesOf(names).functionArn('sync-endpoints')],
        },
      ],
    });
    new CfnSchedule(this, 'EveryMinute', {
      name: `${names.prefix}-sync-endpoints`,
      description: 'Targets of endpoints go on: what is being set up, and traffic that goes over in steps.',
      scheduleExpression: 'rate(1 minute)',
      flexibleTimeWindow: { mode: 'OFF' },
      target: {
        arn: sync.functionArn,
        roleArn: role.roleArn,
        input: '{"action": "all"}',
        // The next minute does what this one could not.
        retryPolicy: { maximumRetryAttempts: 0 },
      },
    });
  }

  private syncFunction({ names, settings, targets, bundleOf, deadLetters }: ServingTargetsProps): IFunction {
    const serving = servingNamesOf(names);
    const logs = new LogGroup(this, 'ContainerLogs', {
      logGroupName: serving.targetLogs,
      retention: settings.stage.logDays,
      removalPolicy: settings.stage.retain ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    });
    const containers = new LeastPrivilegeRole(this, 'ContainerRole', {
      roleName: serving.targetRole,
      assumedBy: new CompositePrincipal(
        new ServicePrincipal('sagemaker.amazonaws.com'),
        new ServicePrincipal('ecs-tasks.amazonaws.com'),
      ),
      description: `${names.prefix}: containers that serve models`,
      statements: [
        ...imageStatements(),
        ...accessStatements([{ store: 'objects', mode: 'read', prefix: 'artifacts/' }], names),
        logStatement(names, [serving.targetLogs, '/aws/sagemaker/Endpoints/*']),
        ...(targets.sagemaker
          ? [
              {
                actions: ['cloudwatch:PutMetricData'],
                resources: ['*'],
                conditions: { StringEquals: { 'cloudwatch:namespace': '/aws/sagemaker/Endpoints' } },
                reason: 'Metrics have no resource to name; the condition names the namespace.',
              },
            ]
          : []),
      ],
    });
    const logGroupName = names.functionLogs('core', 'sync-endpoints');
    const role = new LeastPrivilegeRole(this, 'Role', {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      description: `millrace ${settings.stage.name}: sync-endpoints`,
      statements: [
        endpointRecordStatement(names, 'write'),
        ...accessStatements([{ store: 'tracking', mode: 'read' }], names),
        publishStatement(names),
        ...targetStatements(names, targets),
        ...functionStatements(names, [logGroupName]),
      ],
    });
    return new HandlerFunction(this, 'Function', {
      names,
      settings,
      functionName: serving.function('sync-endpoints'),
      logGroupName,
      service: 'millrace',
      description: 'Brings endpoints about on SageMaker, ECS and Kubernetes.',
      bundle: bundleOf(SYNC_HANDLER),
      role,
      memoryMb: 512,
      ephemeralMb: 512,
      timeoutSeconds: 60,
      deadLetters,
      environment: {
        MILLRACE_TARGET_ROLE: containers.roleArn,
        MILLRACE_TARGET_LOGS: logs.logGroupName,
      },
    }).function as IFunction;
  }
}
