/**
 * One process of the benchmark: `synth-plain.ts <outdir> <pipelines> <tasks>`. The same resources, as one writes them
 * with the constructs of the CDK, with handlers bundled beforehand and nothing to load, check or compile.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Alarm, MathExpression, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { AttributeType, BillingMode, Table } from 'aws-cdk-lib/aws-dynamodb';
import { EventBus, Rule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, Code, Function as Fn, Runtime } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { BlockPublicAccess, Bucket, BucketEncryption } from 'aws-cdk-lib/aws-s3';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import {
  DefinitionBody,
  type IChainable,
  LogLevel,
  Pass,
  StateMachine,
  Succeed,
} from 'aws-cdk-lib/aws-stepfunctions';
import { LambdaInvoke } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import type { Construct } from 'constructs';

const [outdir = '', pipelines = '1', tasks = '10'] = process.argv.slice(2);
const code = join(outdir, '..', 'plain-code');
mkdirSync(code, { recursive: true });
writeFileSync(join(code, 'index.js'), 'exports.handler=async()=>({});\n');

const app = new App({
  outdir,
  analyticsReporting: false,
  treeMetadata: false,
  stackTraces: false,
  autoSynth: false,
  builtinCloudFormationValidation: false,
});

function fn(scope: Construct, id: string, functionName: string, role: Role, memorySize: number): Fn {
  return new Fn(scope, id, {
    functionName,
    runtime: Runtime.NODEJS_24_X,
    architecture: Architecture.ARM_64,
    handler: 'index.handler',
    code: Code.fromAsset(code),
    role,
    memorySize,
    timeout: Duration.seconds(300),
    logGroup: new LogGroup(scope, `${id}Logs`, {
      logGroupName: `/plain/${functionName}`,
      retention: RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.DESTROY,
    }),
    environment: { STAGE: 'dev', BUCKET: 'bucket', TRACKING: 'tracking', ORCHESTRATION: 'orchestration' },
  });
}

function makeRole(scope: Construct, id: string, service: string): Role {
  return new Role(scope, id, {
    assumedBy: new ServicePrincipal(service),
    inlinePolicies: {
      access: new PolicyDocument({
        statements: [
          new PolicyStatement({
            actions: ['dynamodb:GetItem', 'dynamodb:PutItem'],
            resources: ['arn:aws:dynamodb:*:*:table/t'],
          }),
          new PolicyStatement({
            actions: ['s3:GetObject', 's3:PutObject'],
            resources: ['arn:aws:s3:::bucket/*'],
          }),
          new PolicyStatement({ actions: ['logs:CreateLogStream', 'logs:PutLogEvents'], resources: ['*'] }),
        ],
      }),
    },
  });
}

function core(): { topicArn: string } {
  const stack = new Stack(app, 'plain-core');
  const logs = new Bucket(stack, 'Logs', {
    enforceSSL: true,
    blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
  });
  new Bucket(stack, 'Data', {
    versioned: true,
    enforceSSL: true,
    encryption: BucketEncryption.S3_MANAGED,
    blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
    serverAccessLogsBucket: logs as Bucket & { isWebsite: boolean },
  });
  for (const name of ['Tracking', 'Orchestration']) {
    new Table(stack, name, {
      partitionKey: { name: 'pk', type: AttributeType.STRING },
      sortKey: { name: 'sk', type: AttributeType.STRING },
      billingMode: BillingMode.PAY_PER_REQUEST,
    });
  }
  new EventBus(stack, 'Bus', { eventBusName: 'plain' });
  const topic = new Topic(stack, 'Topic', { topicName: 'plain-alarms', enforceSSL: true });
  const queue = new Queue(stack, 'Queue', { enforceSSL: true });
  const functions = ['begin', 'finish', 'launcher', 'run-ended'].map((name) =>
    fn(stack, name, `plain-${name}`, makeRole(stack, `${name}Role`, 'lambda.amazonaws.com'), 512),
  );
  new Rule(stack, 'Ended', {
    eventPattern: { source: ['aws.states'] },
    targets: functions.slice(3).map((target) => new LambdaFunction(target, { deadLetterQueue: queue })),
  });
  for (const name of ['Throttles', 'Errors', 'Dead']) {
    new Alarm(stack, name, {
      metric: new Metric({ namespace: 'AWS/Lambda', metricName: name }),
      threshold: 1,
      evaluationPeriods: 1,
    }).addAlarmAction(new SnsAction(topic));
  }
  return { topicArn: 'arn:aws:sns:eu-west-1:123456789012:plain-alarms' };
}

function pipeline(index: number, topicArn: string): void {
  const stack = new Stack(app, `plain-${index}`);
  const shared = makeRole(stack, 'Role', 'lambda.amazonaws.com');
  const invoke = (id: string, target: Fn): LambdaInvoke =>
    LambdaInvoke.jsonata(stack, id, { lambdaFunction: target, outputs: '{% $states.result.Payload %}' });
  const begin = Fn.fromFunctionName(stack, 'BeginFn', 'plain-begin') as Fn;
  const finish = Fn.fromFunctionName(stack, 'FinishFn', 'plain-finish') as Fn;
  let chain = Pass.jsonata(stack, 'Start').next(invoke('begin', begin));
  for (let t = 0; t < Number(tasks); t++) {
    const step: IChainable = invoke(
      `task-${t}`,
      fn(stack, `Task${t}`, `plain-${index}-${t}`, shared, 256 + t),
    );
    chain = chain.next(step);
  }
  const machine = new StateMachine(stack, 'Machine', {
    stateMachineName: `plain-${index}`,
    definitionBody: DefinitionBody.fromChainable(
      chain.next(invoke('finish', finish)).next(Succeed.jsonata(stack, 'Succeeded')),
    ),
    role: makeRole(stack, 'MachineRole', 'states.amazonaws.com'),
    tracingEnabled: true,
    logs: { destination: new LogGroup(stack, 'MachineLogs'), level: LogLevel.ALL },
  });
  new Alarm(stack, 'Failed', {
    metric: new MathExpression({
      expression: 'failed + timedOut',
      usingMetrics: { failed: machine.metricFailed(), timedOut: machine.metricTimedOut() },
    }),
    threshold: 0,
    evaluationPeriods: 1,
  }).addAlarmAction(new SnsAction(Topic.fromTopicArn(stack, 'Topic', topicArn)));
}

const { topicArn } = core();
for (let p = 0; p < Number(pipelines); p++) pipeline(p, topicArn);
app.synth();
