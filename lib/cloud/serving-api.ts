/**
 * Endpoints of models behind an HTTP API: one function for all models, which reads from the table what each endpoint
 * serves. Callers sign with IAM (service `execute-api`). The API calls the alias `live`, so that a deployment of this
 * stack moves whole versions of the code; versions of models move without a deployment.
 */
import { CfnOutput, Duration, Fn } from 'aws-cdk-lib';
import { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpIamAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { type EventBus, Rule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction as LambdaTarget } from 'aws-cdk-lib/aws-events-targets';
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  Alias,
  type Function as LambdaFunction,
  type IFunction,
  type IVersion,
} from 'aws-cdk-lib/aws-lambda';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { accessStatements, publishStatement } from './access-statements';
import type { Statement } from './statement';
import { EndpointAlarms } from './endpoint-alarms';
import { EndpointDashboard } from './endpoint-dashboard';
import { functionStatements, HandlerFunction } from './handler-function';
import type { BundleOf } from './handler-stub';
import { LeastPrivilegeRole } from './least-privilege-role';
import { loggedStage } from './logged-stage';
import type { Names } from './names';
import { ServingKeys } from './serving-keys';
import { servingNamesOf } from './serving-names';
import { ServingTargets } from './serving-targets';
import { ServingPython } from './serving-python';
import { runsElsewhere } from './target-settings';
import { endpointRecordStatement } from './serving-statements';
import type { Settings } from './settings';

export const SERVING_HANDLER = 'lambdas/serve-model';
export const ENDPOINT_EVENTS_HANDLER = 'lambdas/endpoint-events';

export interface ServingApiProps {
  readonly names: Names;
  readonly settings: Settings;
  readonly bundleOf: BundleOf;
  readonly bus: EventBus;
  readonly topic: ITopic;
  readonly deadLetters: IQueue;
  /** Endpoints that pipelines deploy to: each is watched. */
  readonly endpoints: readonly string[];
}

/** API Gateway waits 30 seconds at most. */
const TIMEOUT_SECONDS = 29;
/** Several versions in memory; more memory means more processor. */
const MEMORY_MB = 1769;
const REQUESTS_PER_SECOND = 500;

export class ServingApi extends Construct {
  constructor(scope: Construct, id: string, props: ServingApiProps) {
    super(scope, id);
    const { names, settings, bus, topic, deadLetters } = props;
    const serving = servingNamesOf(names);
    const serve = this.handler('serve-model', props, {
      bundle: SERVING_HANDLER,
      description: 'Answers predictions of all endpoints.',
      memoryMb: MEMORY_MB,
      timeoutSeconds: TIMEOUT_SECONDS,
      statements: [
        ...accessStatements(
          [
            { store: 'objects', mode: 'read', prefix: 'artifacts/' },
            { store: 'objects', mode: 'write', prefix: 'predictions-log/' },
            { store: 'tracking', mode: 'read' },
          ],
          names,
        ),
        endpointRecordStatement(names, 'read'),
        ...(settings.targets?.python === true
          ? [{ actions: ['lambda:InvokeFunction'], resources: [serving.functionArn('serve-python')] }]
          : []),
      ],
    });
    if (settings.targets?.python === true)
      new ServingPython(this, 'Python', { names, settings, bundleOf: props.bundleOf });
    const live = new Alias(this, 'Live', {
      aliasName: 'live',
      // The CDK's own types disagree with each other about a role that may be undefined.
      version: serve.currentVersion as IVersion,
    });
    const api = new HttpApi(this, 'Api', {
      apiName: serving.api,
      description: `millrace ${settings.stage.name}: endpoints of models`,
      defaultAuthorizer: new HttpIamAuthorizer(),
      defaultIntegration: new HttpLambdaIntegration('Function', live as IFunction),
      createDefaultStage: false,
    });
    const stage = loggedStage(this, {
      api,
      settings,
      accessLogs: serving.accessLogs,
      perSecond: REQUESTS_PER_SECOND,
    });
    if (settings.apiKeys.length > 0)
      new ServingKeys(this, 'Keys', { names, settings, serve: live as IFunction, clients: settings.apiKeys });
    const events = this.handler('endpoint-events', props, {
      bundle: ENDPOINT_EVENTS_HANDLER,
      description: 'Rolls endpoints back: on alarm, or when an event asks for it.',
      memoryMb: 256,
      timeoutSeconds: 60,
      deadLetters,
      statements: [
        endpointRecordStatement(names, 'write'),
        // Whether the version to go back to is still there.
        ...accessStatements([{ store: 'tracking', mode: 'read' }], names),
        publishStatement(names),
      ],
    });
    const target = new LambdaTarget(events, { deadLetterQueue: deadLetters, maxEventAge: Duration.hours(1) });
    new Rule(this, 'RollBack', {
      ruleName: `${names.prefix}-roll-back-endpoint`,
      description: 'Somebody asks for an endpoint to be rolled back.',
      eventBus: bus,
      eventPattern: { detailType: ['Roll Back Endpoint'] },
      targets: [target],
    });
    new Rule(this, 'OnAlarm', {
      ruleName: `${names.prefix}-endpoint-alarm`,
      description: 'The new version of an endpoint fails or is slow.',
      eventPattern: {
        source: ['aws.cloudwatch'],
        detailType: ['CloudWatch Alarm State Change'],
        detail: { alarmName: [{ prefix: serving.alarm('') }], state: { value: ['ALARM'] } },
      },
      targets: [target],
    });
    if (runsElsewhere(settings.targets))
      new ServingTargets(this, 'Targets', { ...props, targets: settings.targets });
    for (const endpoint of props.endpoints) {
      new EndpointAlarms(this, `Endpoint-${endpoint}`, { names, topic, endpoint });
      if (settings.dashboards) new EndpointDashboard(this, `Dashboard-${endpoint}`, { names, endpoint });
    }
    new CfnOutput(this, 'EndpointsUrl', {
      value: Fn.join('', [stage.url, 'endpoints/']),
      description: 'Endpoints of models: …/<endpoint>/predict',
    });
  }

  private handler(
    name: 'serve-model' | 'endpoint-events',
    { names, settings, bundleOf }: ServingApiProps,
    spec: {
      readonly bundle: string;
      readonly description: string;
      readonly memoryMb: number;
      readonly timeoutSeconds: number;
      readonly statements: readonly Statement[];
      readonly deadLetters?: IQueue;
    },
  ): LambdaFunction {
    const logGroupName = names.functionLogs('core', name);
    const role = new LeastPrivilegeRole(this, `${name}-role`, {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      description: `millrace ${settings.stage.name}: ${name}`,
      statements: [...spec.statements, ...functionStatements(names, [logGroupName])],
    });
    return new HandlerFunction(this, name, {
      names,
      settings,
      functionName: servingNamesOf(names).function(name),
      logGroupName,
      service: 'millrace',
      description: spec.description,
      bundle: bundleOf(spec.bundle),
      role,
      memoryMb: spec.memoryMb,
      ephemeralMb: 512,
      timeoutSeconds: spec.timeoutSeconds,
      ...(spec.deadLetters === undefined ? {} : { deadLetters: spec.deadLetters }),
    }).function;
  }
}
