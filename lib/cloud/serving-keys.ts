/**
 * The endpoints of models for callers without IAM: a REST API (HTTP APIs have no usage plans) before the same function,
 * with a key and a usage plan for each client. API Gateway makes the keys: no template, output or log has their values.
 */
import { CfnOutput, Validations } from 'aws-cdk-lib';
import {
  AuthorizationType,
  EndpointType,
  type IRestApi,
  LambdaIntegration,
  Period,
  RestApi,
} from 'aws-cdk-lib/aws-apigateway';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import type { ApiKeyClient } from './api-key-settings';
import type { Names } from './names';
import { servingNamesOf } from './serving-names';
import type { Settings } from './settings';

export interface ServingKeysProps {
  readonly names: Names;
  readonly settings: Settings;
  /** Answers all requests. */
  readonly serve: IFunction;
  readonly clients: readonly ApiKeyClient[];
}

/** What AWS asks of public APIs, and why it is otherwise here. */
const ACKNOWLEDGED: Readonly<Record<string, string>> = {
  'AwsSolutions-APIG1':
    'Access logs of REST APIs need a role of the whole account; the function measures each request.',
  'AwsSolutions-APIG2':
    'The function holds bodies against the signature of the version that answers, which no template knows.',
  'AwsSolutions-APIG3':
    'Each client has a key with a rate and a quota; a web ACL costs five dollars a month.',
  'AwsSolutions-APIG4': 'Callers are known by their API keys, which every method asks for.',
  'AwsSolutions-APIG6': 'Logs of REST APIs need a role of the whole account; the function logs what fails.',
  'AwsSolutions-COG4': 'Callers are programs with API keys, not people of a user pool.',
};

export class ServingKeys extends Construct {
  constructor(scope: Construct, id: string, { names, settings, serve, clients }: ServingKeysProps) {
    super(scope, id);
    const serving = servingNamesOf(names);
    const api = new RestApi(this, 'Api', {
      restApiName: serving.keyApi,
      description: `millrace ${settings.stage.name}: endpoints of models, with API keys`,
      endpointTypes: [EndpointType.REGIONAL],
      cloudWatchRole: false,
      deployOptions: { stageName: settings.stage.name, tracingEnabled: true },
      // Nothing but JSON: a body comes to the function as it is.
      binaryMediaTypes: [],
    });
    api.root
      .addResource('{proxy+}')
      .addMethod('ANY', new LambdaIntegration(serve, { allowTestInvoke: false }), {
        apiKeyRequired: true,
        authorizationType: AuthorizationType.NONE,
      });
    for (const { name, perSecond, perDay } of clients) {
      const plan = api.addUsagePlan(`Plan-${name}`, {
        name: serving.keyClient(name),
        throttle: { rateLimit: perSecond, burstLimit: 2 * perSecond },
        quota: { limit: perDay, period: Period.DAY },
        // The CDK's own types disagree with each other about a role that may be undefined.
        apiStages: [{ api: api as IRestApi, stage: api.deploymentStage }],
      });
      plan.addApiKey(api.addApiKey(`Key-${name}`, { apiKeyName: serving.keyClient(name) }));
    }
    for (const [rule, reason] of Object.entries(ACKNOWLEDGED))
      Validations.of(api).acknowledge({ id: rule, reason });
    new CfnOutput(this, 'Url', {
      value: `${api.url}endpoints/`,
      description: 'Endpoints of models for callers with an API key (header x-api-key)',
    });
  }
}
