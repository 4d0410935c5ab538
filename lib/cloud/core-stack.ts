/** What all pipelines of a stage share: storage, tables, the functions around a run, events and alarms. */
import { CfnOutput, Fn, Stack, type StackProps } from 'aws-cdk-lib';
import { EventBus } from 'aws-cdk-lib/aws-events';
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { AccessPolicies } from './access-policies';
import { AlarmTopic } from './alarm-topic';
import { Console } from './console';
import { CoreAlarms } from './core-alarms';
import { CoreFunctions } from './core-functions';
import { CoreTables } from './core-tables';
import { DataBucket } from './data-bucket';
import { DeadLetterQueue } from './dead-letter-queue';
import type { BundleOf } from './handler-stub';
import { LogShipping } from './log-shipping';
import { MetricsExporter } from './metrics-exporter';
import { ImageBuilder } from './image-builder';
import { MlflowApi } from './mlflow-api';
import { MlflowPage } from './mlflow-page';
import { namesOf } from './names';
import { NotifierRule } from './notifier-rule';
import { RunEndedRule } from './run-ended-rule';
import { Scheduling } from './scheduling';
import { ServingApi } from './serving-api';
import { StageBudget } from './stage-budget';
import type { Settings } from './settings';
import { Webhooks } from './webhooks';

export interface CoreStackProps extends StackProps {
  readonly settings: Settings;
  readonly bundleOf: BundleOf;
  /** Endpoints that pipelines deploy to. @default none */
  readonly endpoints?: readonly string[];
}

export class CoreStack extends Stack {
  constructor(
    scope: Construct,
    id: string,
    { settings, bundleOf, endpoints = [], ...props }: CoreStackProps,
  ) {
    const { stage } = settings;
    const names = namesOf(stage.name);
    super(scope, id, {
      ...props,
      stackName: names.coreStack,
      description: `millrace ${stage.name}: storage, tracking, orchestration.`,
      terminationProtection: stage.retain,
      // CloudFormation puts the tags of a stack on its resources.
      tags: { 'millrace:stage': stage.name },
    });
    const { bucket } = new DataBucket(this, 'Storage', {
      names,
      stage,
      keepDays: settings.operations.keepDays,
    });
    const tables = new CoreTables(this, 'Tables', { names, stage });
    const bus = new EventBus(this, 'Bus', { eventBusName: names.bus });
    const topic = new AlarmTopic(this, 'Alarms', { names });
    const deadLetters = new DeadLetterQueue(this, 'DeadLetters', { names });
    const { functions } = new CoreFunctions(this, 'Core', { names, settings, bundleOf, deadLetters });
    new RunEndedRule(this, 'RunEnded', { names, target: functions['run-ended'], deadLetters });
    new NotifierRule(this, 'Notifier', { names, bus, target: functions.notifier, deadLetters });
    functions['log-matched'].addPermission('Logs', {
      principal: new ServicePrincipal('logs.amazonaws.com'),
      sourceArn: Fn.sub(names.taskLogsArn),
      sourceAccount: this.account,
    });
    new Scheduling(this, 'Scheduling', { names, launcher: functions.launcher });
    new Webhooks(this, 'Webhooks', { names, settings, bundleOf, bus, deadLetters });
    if (settings.console) {
      const { signIn, domainName } = new Console(this, 'Console', { names, settings, bundleOf });
      // Notifications lead there.
      const address = Fn.join('', ['https://', domainName, '/console']);
      functions.notifier.addEnvironment('MILLRACE_CONSOLE_URL', address);
      if (settings.mlflow.page !== undefined)
        new MlflowPage(this, 'MlflowPage', { names, settings, bundleOf, signIn });
    }
    if (settings.mlflowApi) new MlflowApi(this, 'Mlflow', { names, settings, bundleOf });
    if (settings.imageBuilds !== undefined)
      new ImageBuilder(this, 'Images', { names, settings, builds: settings.imageBuilds });
    if (settings.serving)
      new ServingApi(this, 'Serving', { names, settings, bundleOf, bus, topic, deadLetters, endpoints });
    const { shipLogs, metricsExporter, monthlyBudget } = settings.operations;
    if (shipLogs !== undefined)
      new LogShipping(this, 'ShipLogs', { names, settings, bundleOf, deadLetters, secret: shipLogs });
    if (metricsExporter) new MetricsExporter(this, 'Metrics', { names, settings, bundleOf });
    if (monthlyBudget !== undefined)
      new StageBudget(this, 'Budget', { names, settings, topic, amount: monthlyBudget });
    new AccessPolicies(this, 'Access', { names });
    new CoreAlarms(this, 'Watch', { names, topic, functions, deadLetters });

    new CfnOutput(this, 'DataBucketName', { value: bucket.bucketName, description: 'Data and artifacts' });
    new CfnOutput(this, 'TrackingTableName', { value: tables.tracking.tableName });
    new CfnOutput(this, 'OrchestrationTableName', { value: tables.orchestration.tableName });
    new CfnOutput(this, 'AlarmTopicArn', {
      value: topic.topicArn,
      description: 'Subscribe people, chats or webhooks to it',
    });
  }
}
