/** One provider per type of resource: how it comes to be here, and what `Ref` and `Fn::GetAtt` of it give. */
import { join } from 'node:path';
import type { HttpApis } from '../apigateway/http-apis';
import type { AlarmProperties, Alarms } from '../cloudwatch/alarms';
import type { DynamoDbService } from '../dynamodb/dynamodb-service';
import type { EventBus } from '../events/event-bus';
import type { InputTransformer } from '../events/input-transformer';
import type { DefinitionStore } from '../jobs/definition-store';
import type { JobRunner } from '../jobs/job-runner';
import type { LambdaService } from '../lambda/lambda-service';
import type { LogStore } from '../logs/log-store';
import type { Scheduler } from '../scheduler/scheduler';
import { ROOT } from '../service';
import { API_PROVIDERS } from './api-providers';
import type { DeployedTemplates } from './deployed-templates';
import { CONTAINER_PROVIDERS, standInsOf } from './container-providers';
import { VERSION_PROVIDERS } from './version-providers';
import type { S3Service } from '../s3/s3-service';
import type { Queues } from '../sqs/queues';
import type { LocalTableStore, TablesByQuery } from '../sql/local-tables';
import type { Topics } from '../sns/topics';
import type { StepFunctionsService } from '../stepfunctions/step-functions-service';

export interface DeployServices {
  readonly s3: S3Service;
  readonly dynamodb: DynamoDbService;
  readonly lambda: LambdaService;
  readonly states: StepFunctionsService;
  readonly events: EventBus;
  readonly scheduler: Scheduler;
  readonly topics: Topics;
  readonly queues: Queues;
  readonly tables: LocalTableStore;
  readonly logs: LogStore;
  readonly jobs: JobRunner;
  readonly definitions: DefinitionStore;
  readonly apis: HttpApis;
  readonly alarms: Pick<Alarms, 'put' | 'retain'>;
  readonly templates: DeployedTemplates;
  readonly account: string;
  readonly region: string;
  /** Name of the stack that is being deployed. */
  readonly stack: string;
  /** What this deployment has of the kinds that stop when they are gone from it. */
  readonly kept: {
    readonly rules: Set<string>;
    readonly schedules: Set<string>;
    readonly alarms: Set<string>;
    readonly subscriptions: Set<string>;
  };
  /** Folder of an asset by the key of its object. */
  asset(objectKey: string): string;
}

export interface Deployed {
  readonly ref: string;
  readonly attributes: Readonly<Record<string, string>>;
}

// Properties of a resource after resolution: shapes are CloudFormation's.
type Properties = Readonly<Record<string, never>>;
type Provider = (
  services: DeployServices,
  logicalId: string,
  properties: Properties,
  metadata: Readonly<Record<string, unknown>>,
) => Promise<Deployed> | Deployed;

const arn = (services: DeployServices, service: string, rest: string) =>
  `arn:aws:${service}:${services.region}:${services.account}:${rest}`;

/** A resource that exists by name alone here. */
const named =
  (service: string, kind: string, property: string): Provider =>
  (services, logicalId, properties) => {
    const name: string = properties[property] ?? logicalId;
    return { ref: name, attributes: { Arn: arn(services, service, `${kind}${name}`) } };
  };

export const PROVIDERS: Readonly<Record<string, Provider>> = {
  'AWS::S3::Bucket': (services, logicalId, properties) => {
    const name: string = properties['BucketName'] ?? logicalId.toLowerCase();
    const versioning = properties['VersioningConfiguration'] as { Status?: string } | undefined;
    const notifications = properties['NotificationConfiguration'] as
      { EventBridgeConfiguration?: { EventBridgeEnabled?: boolean } } | undefined;
    services.s3.createBucket(name, {
      versioned: versioning?.Status === 'Enabled',
      eventBridge: notifications?.EventBridgeConfiguration?.EventBridgeEnabled === true,
    });
    return { ref: name, attributes: { Arn: `arn:aws:s3:::${name}`, DomainName: `${name}.s3.amazonaws.com` } };
  },
  'AWS::DynamoDB::Table': async (services, logicalId, properties) => {
    const name: string = properties['TableName'] ?? logicalId;
    if (services.dynamodb.describe(name) === undefined)
      await services.dynamodb.call('CreateTable', { ...(properties as object), TableName: name }, ROOT);
    const ttl = properties['TimeToLiveSpecification'] as
      { AttributeName: string; Enabled: boolean } | undefined;
    if (ttl !== undefined)
      await services.dynamodb.call(
        'UpdateTimeToLive',
        { TableName: name, TimeToLiveSpecification: ttl },
        ROOT,
      );
    return { ref: name, attributes: { Arn: arn(services, 'dynamodb', `table/${name}`) } };
  },
  'AWS::Lambda::Function': (services, logicalId, properties) => {
    const name: string = properties['FunctionName'] ?? logicalId;
    const functionArn = arn(services, 'lambda', `function:${name}`);
    const code = properties['Code'] as unknown as { S3Key: string };
    services.lambda.put({
      name,
      arn: functionArn,
      roleArn: properties['Role'] ?? '',
      handler: properties['Handler'] ?? 'index.handler',
      runtime: properties['Runtime'] ?? '',
      codeDirectory: services.asset(code.S3Key),
      memoryMb: properties['MemorySize'] ?? 128,
      timeoutSeconds: properties['Timeout'] ?? 3,
      environment:
        (properties['Environment'] as { Variables?: Record<string, string> } | undefined)?.Variables ?? {},
      layers: properties['Layers'] ?? [],
      logGroup:
        (properties['LoggingConfig'] as { LogGroup?: string } | undefined)?.LogGroup ??
        join('/aws/lambda', name),
      deadLetterArn: (properties['DeadLetterConfig'] as { TargetArn?: string } | undefined)?.TargetArn,
    });
    return { ref: name, attributes: { Arn: functionArn } };
  },
  'AWS::StepFunctions::StateMachine': async (services, logicalId, properties, metadata) => {
    const name: string = properties['StateMachineName'] ?? logicalId;
    const substitutions = (properties['DefinitionSubstitutions'] ?? {}) as Record<string, unknown>;
    const text = properties['DefinitionString'] ?? JSON.stringify(properties['Definition']);
    const definition = text.replace(/\$\{([A-Za-z0-9_-]+)\}/g, (whole, key: string) =>
      key in substitutions ? String(substitutions[key]) : whole,
    );
    const machineArn = arn(services, 'states', `stateMachine:${name}`);
    const input = {
      name,
      definition,
      roleArn: properties['RoleArn'],
      type: properties['StateMachineType'] ?? 'STANDARD',
    };
    services.tables.put(
      (properties['RoleArn'] as string | undefined) ?? '',
      (metadata['millrace:queries'] ?? {}) as TablesByQuery,
    );
    services.jobs.putStandIns(
      name,
      standInsOf((key) => services.asset(key), metadata),
    );
    const existing = (
      (await services.states.call('ListStateMachines', {}, ROOT)) as { stateMachines: { name: string }[] }
    ).stateMachines.some((machine) => machine.name === name);
    await services.states.call(
      existing ? 'UpdateStateMachine' : 'CreateStateMachine',
      existing ? { ...input, stateMachineArn: machineArn } : input,
      ROOT,
    );
    const { revisionId } = (await services.states.call(
      'DescribeStateMachine',
      { stateMachineArn: machineArn },
      ROOT,
    )) as { revisionId: string };
    return {
      ref: machineArn,
      attributes: { Arn: machineArn, Name: name, StateMachineRevisionId: revisionId },
    };
  },
  'AWS::Events::EventBus': named('events', 'event-bus/', 'Name'),
  'AWS::Events::Rule': (services, logicalId, properties) => {
    const name: string = properties['Name'] ?? `${services.stack}-${logicalId}`;
    const bus =
      ((properties['EventBusName'] as string | undefined) ?? 'default').split('/').at(-1) ?? 'default';
    services.kept.rules.add(`${bus}/${name}`);
    services.events.putRule({
      name,
      bus,
      pattern: properties['EventPattern'],
      enabled: (properties['State'] as string | undefined) !== 'DISABLED',
      targets: (
        (properties['Targets'] ?? []) as {
          Id: string;
          Arn: string;
          Input?: string;
          InputTransformer?: InputTransformer;
        }[]
      ).map((target) => ({
        id: target.Id,
        arn: target.Arn,
        ...(target.Input === undefined ? {} : { input: target.Input }),
        ...(target.InputTransformer === undefined ? {} : { transformer: target.InputTransformer }),
      })),
    });
    return { ref: name, attributes: { Arn: arn(services, 'events', `rule/${name}`) } };
  },
  'AWS::SNS::Topic': (services, logicalId, properties) => {
    const topicArn = arn(services, 'sns', (properties['TopicName'] as string | undefined) ?? logicalId);
    services.topics.createTopic(topicArn);
    return {
      ref: topicArn,
      attributes: { TopicArn: topicArn, TopicName: properties['TopicName'] ?? logicalId },
    };
  },
  'AWS::Logs::LogGroup': (services, logicalId, properties) => {
    const name: string = properties['LogGroupName'] ?? logicalId;
    services.logs.createGroup(name);
    return { ref: name, attributes: { Arn: arn(services, 'logs', `log-group:${name}:*`) } };
  },
  'AWS::Logs::SubscriptionFilter': (services, logicalId, properties) => {
    const name: string = properties['FilterName'] ?? logicalId;
    const group: string = properties['LogGroupName'] ?? '';
    services.kept.subscriptions.add(`${group} ${name}`);
    services.logs.subscriptions.put({
      name,
      group,
      pattern: properties['FilterPattern'] ?? '',
      destinationArn: properties['DestinationArn'] ?? '',
    });
    return { ref: name, attributes: {} };
  },
  'AWS::SQS::Queue': (services, logicalId, properties) => {
    const name: string = properties['QueueName'] ?? logicalId;
    services.queues.put({
      name,
      retentionSeconds: properties['MessageRetentionPeriod'] ?? 345_600,
      visibilitySeconds: properties['VisibilityTimeout'] ?? 30,
    });
    return {
      ref: services.queues.urlOf(name),
      attributes: { Arn: arn(services, 'sqs', name), QueueName: name },
    };
  },
  'AWS::IAM::Role': (services, logicalId, properties) => {
    const name: string = properties['RoleName'] ?? logicalId;
    return { ref: name, attributes: { Arn: `arn:aws:iam::${services.account}:role/${name}`, RoleId: name } };
  },
  'AWS::IAM::ManagedPolicy': named('iam', 'policy/', 'ManagedPolicyName'),
  'AWS::IAM::Policy': named('iam', 'policy/', 'PolicyName'),
  'AWS::Lambda::LayerVersion': (services, logicalId, properties) => {
    const layerArn = arn(
      services,
      'lambda',
      `layer:${(properties['LayerName'] as string | undefined) ?? logicalId}:1`,
    );
    return { ref: layerArn, attributes: { LayerVersionArn: layerArn } };
  },
  'AWS::CloudWatch::Alarm': (services, logicalId, properties) => {
    const name: string = properties['AlarmName'] ?? `${services.stack}-${logicalId}`;
    services.kept.alarms.add(name);
    services.alarms.put({ ...(properties as unknown as AlarmProperties), AlarmName: name });
    return { ref: name, attributes: { Arn: arn(services, 'cloudwatch', `alarm:${name}`) } };
  },
  'AWS::CloudWatch::Dashboard': named('cloudwatch', 'dashboard/', 'DashboardName'),
  'AWS::Lambda::Permission': named('lambda', 'permission/', 'Id'),
  'AWS::S3::BucketPolicy': named('s3', 'policy/', 'Id'),
  'AWS::SNS::TopicPolicy': named('sns', 'policy/', 'Id'),
  'AWS::SQS::QueuePolicy': named('sqs', 'policy/', 'Id'),
  'AWS::Scheduler::Schedule': (services, logicalId, properties) => {
    const name: string = properties['Name'] ?? `${services.stack}-${logicalId}`;
    const target = properties['Target'] as unknown as { Arn: string; Input?: string };
    services.kept.schedules.add(name);
    services.scheduler.put({
      name,
      expression: properties['ScheduleExpression'] ?? '',
      timeZone: properties['ScheduleExpressionTimezone'] ?? 'UTC',
      enabled: (properties['State'] as string | undefined) !== 'DISABLED',
      targetArn: target.Arn,
      input: target.Input ?? '{}',
    });
    const group = (properties['GroupName'] as string | undefined) ?? 'default';
    return { ref: name, attributes: { Arn: arn(services, 'scheduler', `schedule/${group}/${name}`) } };
  },
  'AWS::Scheduler::ScheduleGroup': named('scheduler', 'schedule-group/', 'Name'),
  ...API_PROVIDERS,
  ...CONTAINER_PROVIDERS,
  ...VERSION_PROVIDERS,
  'AWS::SSM::Parameter': named('ssm', 'parameter/', 'Name'),
};
